import { NUTZAP_KIND, parseNutzap, type NostrEvent } from '../protocol/index.ts';
import { hasten, type RefundWatch } from './refund-watch.ts';
import { chosenOffer, type CustomerContext, type Run } from './run.ts';

/** Of one provider's nutzaps so many are looked at for one purchase. */
const MAX_NUTZAPS = 20;
/** How long a mint that does not answer is left alone before it is asked again. */
const ASK_AGAIN_MS = 5000;
/** Codes after which it is not known whether the ecash is ours. */
const UNKNOWN: ReadonlySet<string> = new Set([
  'mint-unreachable',
  'mint-pending',
  'mint-invalid',
  'mint-refused',
]);

/**
 * Takes what the chosen provider gives back in ecash: nutzaps for the request, on the relays where answers are
 * awaited, until the purchase ends. Only what was swapped counts, and is noted.
 */
export function hearEcashRefunds(context: CustomerContext, run: Run, watch: RefundWatch): void {
  const { ecash } = context;
  if (ecash === null) return;
  const { requestId, relays, openedAt } = run.purchase;
  const { providerPubkey } = chosenOffer(run);
  const seen = new Set<string>();

  const take = async (event: NostrEvent): Promise<void> => {
    if (run.ended.signal.aborted) return;
    const redeemed = await ecash.redeemNutzap(event, { signal: run.ended.signal });
    if (redeemed.ok) {
      watch.returned.set(event.id, redeemed.value.amountMsat);
      hasten(watch);
      run.stepper.poke();
      return;
    }
    context.onTrouble(redeemed.failure, run.purchase);
    if (UNKNOWN.has(redeemed.failure.code)) takeLater(event);
  };
  const start = (event: NostrEvent) =>
    void take(event).catch((fault: unknown) => {
      if (!run.ended.signal.aborted) run.stepper.fault(fault);
    });
  const takeLater = (event: NostrEvent) => {
    const timer = setTimeout(() => start(event), ASK_AGAIN_MS);
    run.ended.signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  };
  void context.relays.subscribe({
    relays,
    filters: [
      { kinds: [NUTZAP_KIND], authors: [providerPubkey], '#p': [context.signer.pubkey], since: openedAt },
    ],
    onEvent: (event) => {
      const nutzap = parseNutzap(event);
      const isRefund = nutzap.ok && nutzap.value.eventId === requestId;
      if (!isRefund || seen.has(event.id) || seen.size >= MAX_NUTZAPS) return;
      seen.add(event.id);
      start(event);
    },
    signal: run.ended.signal,
  });
}
