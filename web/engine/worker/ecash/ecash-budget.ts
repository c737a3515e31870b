import { unixNow } from '../../../../src/clock/index.ts';
import type { EcashWallet } from '../../../../src/ecash/index.ts';
import { ECASH_PURPOSE, type SpendingCaps, type SpendingLedger } from '../../../../src/ledger/index.ts';
import {
  lookupDirection,
  payReserved,
  resumeReserved,
  type PaymentRecord,
  type Wallet,
  type WalletOutcome,
} from '../../../../src/money/index.ts';
import {
  failure,
  isPreimageOf,
  parseInvoice,
  success,
  type Msat,
  type Outcome,
} from '../../../../src/protocol/index.ts';

/** What of the connected wallet pays. */
type PayingWallet = Pick<Wallet, 'pay' | 'lookup' | 'list'>;

/**
 * What leaves the connected wallet for ecash, in the books of all spending: it counts against the budget when it leaves,
 * whoever asks for it, and is reserved before the wallet hears of it.
 */
export interface EcashBudget {
  /**
   * Pays the invoice of a mint, once. Fails with `quota-exceeded` and the reason `over-budget` where the budget has no room
   * for it; the reason of `payment-failed` is the wallet's (`refusalReason`).
   */
  pay(
    wallet: PayingWallet,
    payment: {
      readonly bolt11: string;
      readonly feeLimitMsat: Msat;
      /** The hash of the payment in ecash that it is bought for; `null` where it is put aside. */
      readonly boughtFor: string | null;
    },
    signal: AbortSignal | undefined,
  ): Promise<WalletOutcome<{ readonly preimage: string; readonly feePaidMsat: Msat }>>;
  /** Books what became of payments that an earlier call, or an earlier life of the page, left open. */
  settle(
    movements: EcashWallet['movements'],
    wallet: PayingWallet | null,
    signal: AbortSignal,
  ): Promise<void>;
}

/** Keeps the budget of a key in its ledger. */
export function keepEcashBudget({
  spending,
  pubkey,
  caps,
}: {
  readonly spending: SpendingLedger;
  readonly pubkey: string;
  /** As the budget stands now. */
  readonly caps: SpendingCaps;
}): EcashBudget {
  const limits = spending.limits(pubkey, caps);
  return {
    async pay(wallet, { bolt11, feeLimitMsat, boughtFor }, signal = new AbortController().signal) {
      const invoice = parseInvoice(bolt11);
      const amountMsat = invoice.ok ? invoice.value.amountMsat : null;
      if (!invoice.ok || amountMsat === null)
        return failure('invalid-invoice', 'The mint asks for money by an invoice that cannot be read.');
      const { paymentHash, expiresAt } = invoice.value;
      const known = await limits.unfinished(paymentHash);
      const wish = {
        amountMsat,
        feeLimitMsat,
        counterparty: boughtFor ?? ASIDE,
        purpose: ECASH_PURPOSE,
        paymentHash,
        bolt11,
      };
      const reserved = known === null ? await limits.reserve(wish) : success(known);
      if (!reserved.ok) return failure('quota-exceeded', reserved.failure.message, { reason: 'over-budget' });
      const payment = {
        wallet,
        reservation: reserved.value,
        bolt11,
        paymentHash,
        feeLimitMsat,
        expiresAt,
        now: unixNow,
        signal,
      };
      return asWalletSays(await (known === null ? payReserved(payment) : resumeReserved(payment)));
    },

    async settle(movements, wallet, signal) {
      const open = await spending.listUnfinished(pubkey);
      const bought = open.filter(({ purpose }) => purpose === ECASH_PURPOSE);
      if (wallet === null || bought.length === 0) return;
      for await (const { kind, paymentHash, state } of movements()) {
        const isOurs = bought.some((payment) => payment.paymentHash === paymentHash);
        if (kind !== 'mint' || paymentHash === null || !isOurs || state === 'open') continue;
        const seen = await lookupDirection(wallet, { paymentHash, direction: 'outgoing' }, { signal });
        const reservation = await limits.unfinished(paymentHash);
        if (!seen.ok || reservation === null) continue;
        const { preimage = null, feePaidMsat } = seen.value ?? {};
        if (preimage !== null && feePaidMsat !== undefined && isPreimageOf(preimage, paymentHash))
          await reservation.spent({ preimage, feePaidMsat });
        else if (state === 'failed' && isGone(seen.value)) await reservation.released();
      }
    },
  };
}

/** Whom ecash is bought from that is for no payment yet: caps tell mints not apart. */
const ASIDE = 'mint';

/** Of a minting that failed the wallet has said that nothing was sent, and says so still. */
function isGone(record: PaymentRecord | null): boolean {
  return record === null || ['failed', 'canceled', 'expired'].includes(record.state);
}

/** Whoever asked for it looks the payment up before it believes a refusal. */
function asWalletSays<Proof>(
  paid: Outcome<Proof, 'payment-failed' | 'payment-unknown'>,
): WalletOutcome<Proof> {
  if (paid.ok) return paid;
  const { code, message, data } = paid.failure;
  return code === 'payment-failed' ? failure(code, message, data) : failure('wallet-timeout', message);
}
