import {
  MAX_WORK_BITS,
  type LeftOffer,
  type Offer,
  type ProviderError,
  type PurchaseHandle,
  type PurchaseUpdate,
} from '../../customer/index.ts';
import type { PurchaseState } from '../../ledger/index.ts';
import {
  EXCHANGE_RISKS,
  formatSats,
  workAskedFor,
  ZERO_MSAT,
  type ExchangeMode,
  type Msat,
  type Rescue,
  type RescueReason,
} from '../../protocol/index.ts';
import type { Progress } from '../progress.ts';
import type { Sellers } from '../use-customer.ts';

/** As much of a sample as is shown. */
const MAX_SAMPLE_CHARS = 500;

/** Providers answer within seconds where nobody knows better. */
const USUAL_OFFER_SECONDS = 2;

/** Why an offer is not taken by itself. */
const LEFT_WORDS: Readonly<Record<LeftOffer['code'], string>> = {
  distrusted: 'took your money before and did not deliver what was agreed',
  blocked: 'you block',
};

/** What is known beforehand of who will answer. */
export interface Expectation {
  readonly kind: number;
  /** How many relays are asked. */
  readonly relays: number;
  readonly sellers: Promise<Sellers> | null;
}

/** Shows a purchase as it goes, until its end; keeps on the screen what was chosen, who risks what, and its sample. */
export async function showPurchase(
  purchase: PurchaseHandle,
  expected: Expectation,
  progress: Progress,
): Promise<void> {
  const { kind } = expected;
  const samples = new Map<string, string>();
  const usual = new Map<string, number | null>();
  const asked: { relays: number; sellers: Sellers | null; waits: boolean } = {
    relays: 0,
    sellers: null,
    waits: false,
  };
  const sayWaiting = () =>
    progress.now(`kind ${kind}: ${waitingWords(asked, expected)}`, USUAL_OFFER_SECONDS);
  void expected.sellers?.then((sellers) => {
    asked.sellers = sellers;
    if (asked.waits) sayWaiting();
  });
  let chosen: { readonly providerPubkey: string; readonly exchange: ExchangeMode } | null = null;
  for await (const update of purchase.events()) {
    asked.waits = update.type === 'sent';
    if (update.type === 'sent') {
      asked.relays = update.relays.length;
      sayWaiting();
    } else show(update, kind, usual, progress);
    if (update.type === 'offer') {
      const { providerPubkey, usualSeconds, sample } = update.offer;
      usual.set(providerPubkey, usualSeconds);
      if (sample !== null) samples.set(providerPubkey, sample);
    }
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

/** Whom the request has reached, who may answer, and what can be done meanwhile. */
function waitingWords(
  { relays, sellers }: { readonly relays: number; readonly sellers: Sellers | null },
  expected: Expectation,
): string {
  const { known = 0, alive = 0, usualSeconds = null } = sellers ?? {};
  return [
    `waiting for offers from ${relays} of ${expected.relays} relay(s)`,
    ...(sellers === null ? [] : [`${alive} of ${known} known seller(s) alive`]),
    ...(usualSeconds === null ? [] : [`results usually in ${usualSeconds} s`]),
    'Ctrl-C withdraws it',
  ].join(' · ');
}

/** How the work is done that a provider asks for; nothing where it asks for none, or for more than is ever done. */
function workWords({ code, conditions }: ProviderError): string {
  const bits = code === 'pow-needed' ? workAskedFor(conditions) : null;
  return bits === null || bits > MAX_WORK_BITS ? '' : ` (\`coinop buy --work ${bits}\` does that)`;
}

const REASON_WORDS: Readonly<Record<RescueReason, string>> = {
  error: 'gave up',
  silence: 'says nothing',
  late: 'is late',
};

/** Who offers to step in, for whom and why, as far as it says; nothing is taken by that, nor paid twice. */
function rescueWords({ providerPubkey, amountMsat }: Offer, { failedPubkey, reason }: Rescue): string {
  const failed =
    failedPubkey === null
      ? 'nobody else does the job'
      : `${failedPubkey.slice(0, 8)} ${REASON_WORDS[reason]}`;
  const price = amountMsat === null ? '' : ` for ${formatSats(amountMsat)}`;
  return `${providerPubkey.slice(0, 8)} offers to step in${price}, as ${failed}; what was paid for it before may still be locked`;
}

/** States in which money is on its way or gone: Ctrl-C does not end the purchase. */
const COMMITTED: ReadonlySet<PurchaseState> = new Set(['paying', 'locked', 'paid', 'unreconciled']);

function show(
  update: Exclude<PurchaseUpdate, { type: 'sent' }>,
  kind: number,
  usual: ReadonlyMap<string, number | null>,
  progress: Progress,
): void {
  switch (update.type) {
    case 'offer':
      return update.offer.rescue === null
        ? progress.now(`kind ${kind}: ${update.offer.providerPubkey.slice(0, 8)} made an offer`)
        : progress.done(`kind ${kind}: ${rescueWords(update.offer, update.offer.rescue)}`);
    case 'awaiting-approval':
      return progress.now(`kind ${kind}: ${update.comparison.offers.length} offer(s) to choose from`);
    case 'offers-left':
      for (const { providerPubkey, code } of update.left)
        progress.done(
          `kind ${kind}: left aside ${providerPubkey.slice(0, 8)}, which ${LEFT_WORDS[code]}; \`--to ${providerPubkey}\` buys from it all the same`,
        );
      return;
    case 'provider-error':
      return progress.failed(
        `kind ${kind}: ${update.error.providerPubkey.slice(0, 8)} declined: ${update.error.detail}${workWords(update.error)}`,
      );
    case 'progress':
      return progress.now(`kind ${kind}: ${update.note || 'working'}`, usual.get(update.providerPubkey));
    case 'partial':
      return progress.now(`kind ${kind}: ${update.content.length} characters so far`);
    case 'state': {
      const { state, purchase } = update;
      const how = COMMITTED.has(state) ? ' · Ctrl-C leaves it to `coinop resume`' : '';
      return progress.now(`kind ${kind}: ${state}${how}`, usual.get(purchase.offer?.providerPubkey ?? ''));
    }
    case 'result':
      return progress.now(`kind ${kind}: result is here, settling`);
  }
}
