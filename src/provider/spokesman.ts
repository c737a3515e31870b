import type { ProviderContext } from './context.ts';

/** The duty is kept for so long; whoever holds it and dies is followed by another process after this time. */
const DUTY_SECONDS = 15;

/**
 * Says which of the processes that share the books answers for all of them: pings, refusals that are not booked,
 * heartbeats. Who writes its own books speaks always. Otherwise the duty is a lease, taken over when its holder falls
 * silent; the result says whether it is ours right now. Ends with the context's signal, and gives the duty up then.
 */
export function createSpokesman({
  ledger,
  signer,
  now,
  signal,
}: Pick<ProviderContext, 'ledger' | 'signer' | 'now' | 'signal'>): () => boolean {
  if (!ledger.isShared) return () => true;
  const [duty, holder] = [`speak ${signer.pubkey}`, crypto.randomUUID()];
  let heldUntil = 0;
  const take = async () => {
    const askedAt = now();
    const isHeld = await ledger.duties.take(duty, holder, DUTY_SECONDS);
    heldUntil = isHeld ? askedAt + DUTY_SECONDS : 0;
  };
  let taking = Promise.resolve();
  const tryToTake = () => {
    taking = taking.then(take).catch(() => undefined); // without its books nobody speaks for long
  };
  tryToTake();
  const timer = setInterval(tryToTake, (DUTY_SECONDS * 1000) / 3);
  const stop = () => {
    clearInterval(timer);
    void taking.then(() => ledger.duties.giveUp(duty, holder)).catch(() => undefined); // or it runs out
  };
  signal.addEventListener('abort', stop, { once: true });
  return () => !signal.aborted && now() < heldUntil;
}
