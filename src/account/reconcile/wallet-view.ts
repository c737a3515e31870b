import { isPreimageOf, orThrow, parseInvoice } from '../../protocol/index.ts';
import { lookupDirection, type PaymentRecord, type Wallet, type WalletOutcome } from '../../money/index.ts';

/** After an invoice ran out, a payment that was sent at the last moment still shows within this time. */
const EXPIRY_GRACE_SECONDS = 30;
/** The wallet's own list is read this far. */
const LIST_LENGTH = 1000;
/** A wallet that does not answer so often in a row is not asked any more. */
const MAX_SILENCES = 3;

/** What is known of one payment: the wallet's record in that direction, `null` when it has none, or no answer. */
export type Seen = PaymentRecord | null | 'silent';

/** The wallet as it is compared with the books. */
export interface WalletView {
  /** Asks the wallet now. */
  look(paymentHash: string, direction: PaymentRecord['direction']): Promise<Seen>;
  /**
   * Of something that has ended: a settled record of the list is as good as asking; anything else is asked about.
   */
  recall(paymentHash: string, direction: PaymentRecord['direction']): Promise<Seen>;
  /** The latest payments as the wallet lists them; empty when it lists none. */
  readonly listed: readonly PaymentRecord[];
  /** It has stopped answering. */
  readonly isSilent: () => boolean;
}

/** Reads the wallet's list since then (unix seconds); fails when the wallet answers nothing at all. */
export async function viewWallet(
  wallet: Wallet,
  since: number,
  signal: AbortSignal,
): Promise<WalletOutcome<WalletView>> {
  const able = await wallet.capabilities({ signal });
  if (!able.ok) return able;
  const list = await wallet.list({ from: since, limit: LIST_LENGTH }, { signal });
  if (!list.ok && list.failure.code !== 'not-implemented') return list;
  const listed = list.ok ? list.value : [];
  const settled = new Map(
    listed.flatMap((record) =>
      record.state === 'settled' ? [[`${record.direction} ${record.paymentHash}`, record] as const] : [],
    ),
  );
  let silences = 0;

  const look: WalletView['look'] = async (paymentHash, direction) => {
    signal.throwIfAborted();
    if (silences >= MAX_SILENCES) return 'silent';
    const found = await lookupDirection(wallet, { paymentHash, direction }, { signal });
    silences = found.ok ? 0 : silences + 1;
    return found.ok ? found.value : 'silent';
  };
  return {
    ok: true,
    value: {
      look,
      recall: async (paymentHash, direction) =>
        settled.get(`${direction} ${paymentHash}`) ?? look(paymentHash, direction),
      listed,
      isSilent: () => silences >= MAX_SILENCES,
    },
  };
}

/** The preimage that proves the payment; `null` when the record shows none that does. */
export function proofOf(record: PaymentRecord | null): string | null {
  const preimage = record?.preimage ?? null;
  return record !== null && preimage !== null && isPreimageOf(preimage, record.paymentHash)
    ? preimage.toLowerCase()
    : null;
}

/** The wallet shows that it came to nothing. A settled record without a preimage is not gone: the money may be. */
export function isGone({ state }: PaymentRecord): boolean {
  return ['failed', 'canceled', 'expired'].includes(state);
}

/** Whether a payment of that booked invoice can still be sent. Throws when the books hold no valid invoice. */
export function mayStillBeSent(bolt11: string, now: number): boolean {
  return now <= orThrow(parseInvoice(bolt11)).expiresAt + EXPIRY_GRACE_SECONDS;
}
