import type { PurchaseHandle, PurchaseUpdate } from '../customer/index.ts';
import { EXCHANGE_RISKS, formatSats, ZERO_MSAT, type ExchangeMode, type Msat } from '../protocol/index.ts';
import type { Progress } from './progress.ts';

/** As much of a sample as is shown. */
const MAX_SAMPLE_CHARS = 500;

/** Shows a purchase as it goes, until its end; keeps on the screen what was chosen, who risks what, and its sample. */
export async function showPurchase(
  purchase: PurchaseHandle,
  kind: number,
  progress: Progress,
): Promise<void> {
  const samples = new Map<string, string>();
  let chosen: { readonly providerPubkey: string; readonly exchange: ExchangeMode } | null = null;
  for await (const update of purchase.events()) {
    show(update, kind, progress);
    if (update.type === 'offer' && update.offer.sample !== null)
      samples.set(update.offer.providerPubkey, update.offer.sample);
    const offer = update.type === 'state' ? update.purchase.offer : null;
    if (offer && (offer.providerPubkey !== chosen?.providerPubkey || offer.exchange !== chosen.exchange)) {
      chosen = offer;
      progress.done(`kind ${kind}: ${describeChoice(offer)}`);
    }
    const sample = samples.get(chosen?.providerPubkey ?? '');
    if (chosen === null || sample === undefined) continue;
    samples.delete(chosen.providerPubkey);
    progress.done(`kind ${kind}: a sample of it: ${sample.slice(0, MAX_SAMPLE_CHARS)}`);
  }
}

/** Which offer was taken, what it may cost, and what each side trusts the other for by it. */
export function describeChoice(offer: {
  readonly providerPubkey: string;
  readonly exchange: ExchangeMode;
  readonly amountMsat: Msat;
  readonly bolt11: string | null;
}): string {
  const { providerPubkey, exchange, amountMsat, bolt11 } = offer;
  const atMost = bolt11 === null && amountMsat > ZERO_MSAT ? 'at most ' : '';
  const { customerTrusts, providerTrusts } = EXCHANGE_RISKS[exchange];
  return `took the offer of ${providerPubkey.slice(0, 8)}: ${atMost}${formatSats(amountMsat)} by ${exchange}. ${customerTrusts} ${providerTrusts}`;
}

function show(update: PurchaseUpdate, kind: number, progress: Progress): void {
  switch (update.type) {
    case 'sent':
      return progress.now(`kind ${kind}: waiting for offers from ${update.relays.length} relay(s)`, 2);
    case 'offer':
      return progress.now(`kind ${kind}: ${update.offer.providerPubkey.slice(0, 8)} made an offer`);
    case 'provider-error':
      return progress.done(
        `kind ${kind}: ${update.error.providerPubkey.slice(0, 8)} declined: ${update.error.detail}`,
      );
    case 'progress':
      return progress.now(`kind ${kind}: ${update.note || 'working'}`);
    case 'partial':
      return progress.now(`kind ${kind}: ${update.content.length} characters so far`);
    case 'state':
      return progress.now(`kind ${kind}: ${update.state}`, update.purchase.offer ? undefined : null);
    case 'result':
      return progress.now(`kind ${kind}: result is here, settling`);
  }
}
