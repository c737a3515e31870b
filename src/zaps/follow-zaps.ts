import { pause } from '../clock/index.ts';
import type { Signer } from '../keys/index.ts';
import type { PaymentRecord, Wallet } from '../money/index.ts';
import { buildZapReceipt, orThrow, parseEvent, parseJson, parseZapRequest } from '../protocol/index.ts';
import type { RelayPool } from '../relays/index.ts';
import type { ZapRecord, ZapRecords } from './zap-records.ts';

/** What the receipts need. */
export interface ZapFollower {
  readonly records: ZapRecords;
  /** Alone says whether a zap was paid. */
  readonly wallet: Wallet;
  /** Signs the receipts; its key is the pay server's `receiptPubkey`. */
  readonly signer: Signer;
  readonly relays: RelayPool;
  /** Told what kept a receipt from being made or sent; it is tried again. */
  readonly onTrouble?: (error: unknown) => void;
  /** How often all unfinished zaps are looked at, besides when the wallet calls; 15 s unless told. */
  readonly lookEveryMs?: number;
  /** Unix seconds. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

const DEFAULT_LOOK_MS = 15_000;
/** Relays that do not answer, named by strangers, hold up no more than their own zaps and a few others. */
const LOOKS_AT_ONCE = 16;
/** After an invoice ran out, a payment that was sent at the last moment still shows within this time. */
const LAPSE_GRACE_SECONDS = 600;
/** Relays that have not taken a receipt for so long will not. */
const GIVE_UP_SECONDS = 86_400;

/**
 * Publishes the receipt of each zap that our wallet says was paid, until the signal aborts. A receipt is signed and
 * committed in one step with the move of its record before it is sent, so after a crash the same event is sent again
 * and never a second one. The wallet's notices only hasten a look; what was missed is found by looking regularly.
 */
export async function followZaps(follower: ZapFollower): Promise<void> {
  const { wallet, records, signal } = follower;
  const busy = new Map<string, Promise<void>>();
  const look = (paymentHash: string): Promise<void> => {
    const running = busy.get(paymentHash) ?? Promise.resolve();
    const next = running
      .then(() => advance(follower, paymentHash))
      .catch((error: unknown) => follower.onTrouble?.(error))
      .finally(() => busy.get(paymentHash) === next && busy.delete(paymentHash));
    busy.set(paymentHash, next);
    return next;
  };
  wallet.subscribe(({ type, payment }) => {
    if (type === 'received') void look(payment.paymentHash);
  }, signal);
  while (!signal.aborted) {
    try {
      const hashes = (await records.unfinished()).map(({ paymentHash }) => paymentHash);
      for (let at = 0; at < hashes.length && !signal.aborted; at += LOOKS_AT_ONCE)
        await Promise.all(hashes.slice(at, at + LOOKS_AT_ONCE).map(look));
    } catch (error) {
      follower.onTrouble?.(error);
    }
    await pause(follower.lookEveryMs ?? DEFAULT_LOOK_MS, signal);
  }
  await Promise.all(busy.values());
}

/** Moves a zap as far as it goes now: paid, so sign and commit its receipt; signed, so publish it; unpaid for long, so drop it. */
async function advance(follower: ZapFollower, paymentHash: string): Promise<void> {
  const { records, wallet, now, signal } = follower;
  if (signal.aborted) return;
  const seen = await records.get(paymentHash);
  if (seen?.state === 'open') {
    const look = await wallet.lookup({ paymentHash }, { signal });
    if (!look.ok) return;
    if (isPaid(look.value, seen)) {
      const receipt = await signReceipt(follower, seen, look.value);
      await records.change(paymentHash, 'open', { state: 'receipt-due', receipt });
    } else if (now() > seen.expiresAt + LAPSE_GRACE_SECONDS) {
      await records.change(paymentHash, 'open', { state: 'lapsed' });
    }
  }
  const due = await records.get(paymentHash);
  if (due?.state === 'receipt-due') await publish(follower, due);
}

function isPaid(payment: PaymentRecord | null, { amountMsat }: ZapRecord): payment is PaymentRecord {
  return payment?.direction === 'incoming' && payment.state === 'settled' && payment.amountMsat >= amountMsat;
}

function signReceipt(
  { signer, now }: ZapFollower,
  { description, bolt11 }: ZapRecord,
  { preimage, settledAt }: PaymentRecord,
) {
  const zapRequest = orThrow(parseZapRequest(orThrow(parseEvent(parseJson(description)))));
  const paidAt = settledAt ?? now();
  const proof = preimage === null ? {} : { preimage };
  return signer.sign(buildZapReceipt({ zapRequest, description, bolt11, paidAt, ...proof }));
}

/** One relay that takes it is enough. Refused by all, or by some for a day, it stays unpublished. */
async function publish(follower: ZapFollower, { paymentHash, receipt, relays }: ZapRecord): Promise<void> {
  if (receipt === null) throw new Error(`The zap ${paymentHash} has its receipt due without one.`);
  const answers = await follower.relays.publish(receipt, relays, { signal: follower.signal });
  const isTaken = answers.some(({ outcome }) => outcome === 'accepted' || outcome === 'duplicate');
  const isHopeless =
    answers.every(({ outcome }) => outcome === 'refused') ||
    follower.now() > receipt.created_at + GIVE_UP_SECONDS;
  if (isTaken) await follower.records.change(paymentHash, 'receipt-due', { state: 'published' });
  else if (isHopeless) await follower.records.change(paymentHash, 'receipt-due', { state: 'unpublished' });
}
