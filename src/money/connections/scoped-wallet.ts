import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { failure, success } from '../../protocol/index.ts';
import type { PaymentRecord, Wallet, WalletCall, WalletOutcome } from '../wallet.ts';
import { budgetState } from './budget.ts';
import type { ConnectionPayment, ConnectionPayments, NwcGrant } from './contract.ts';
import type { PaymentDesk } from './payment-desk.ts';

/** The calls of a wallet that a connection's client can make. */
export type ClientWallet = Omit<Wallet, 'subscribe' | 'close'>;

/** States that an own payment can still leave. */
const UNDECIDED: ReadonlySet<PaymentRecord['state']> = new Set(['pending', 'accepted']);
/** So many undecided payments are asked of the wallet for one list; older ones are shown as last seen. */
const MAX_REFRESHED = 40;
const DEFAULT_LIST_LIMIT = 100;
const MAX_LIST_LIMIT = 1_000;

/**
 * The part of a wallet that belongs to one connection: it pays within the budget, and sees, settles and cancels
 * only what the connection made. To everything else it answers as a wallet that has never heard of it.
 */
export function scopedWallet(scope: {
  readonly wallet: Wallet;
  readonly grant: NwcGrant;
  readonly payments: ConnectionPayments;
  readonly desk: PaymentDesk;
  /** Unix seconds. */
  readonly now: () => number;
}): ClientWallet {
  const { wallet, grant, payments, desk, now } = scope;
  const { clientPubkey } = grant;

  async function own(
    direction: PaymentRecord['direction'],
    paymentHash: string,
  ): Promise<ConnectionPayment | null> {
    const payment = await payments.find(direction, paymentHash);
    return payment?.clientPubkey === clientPubkey ? payment : null;
  }

  /** The invoice as the wallet has it now, booked where that is news; as it was last seen when the wallet is away. */
  async function refreshed({ record }: ConnectionPayment, call?: WalletCall): Promise<PaymentRecord> {
    if (!UNDECIDED.has(record.state)) return record;
    if (record.direction === 'outgoing') await desk.follow(record, call ?? {});
    else {
      const seen = await wallet.lookup({ paymentHash: record.paymentHash }, call);
      if (!seen.ok || seen.value?.direction !== 'incoming') return record;
      if (seen.value.state !== record.state) await payments.update(seen.value);
    }
    return (await payments.find(record.direction, record.paymentHash))?.record ?? record;
  }

  /** The invoice is booked before anyone hears of it, so that no money comes that belongs to nobody. */
  async function keep(made: WalletOutcome<PaymentRecord>): Promise<WalletOutcome<PaymentRecord>> {
    if (!made.ok) return made;
    return (await payments.addInvoice(clientPubkey, made.value)) ? made : hashInUse();
  }

  return {
    capabilities: (call) => wallet.capabilities(call),

    async balance(call) {
      const balance = await wallet.balance(call);
      const budget = await budgetState(payments, grant, now());
      if (!balance.ok || budget === null || budget.remainingMsat > balance.value.spendableMsat)
        return balance;
      return success({ spendableMsat: budget.remainingMsat });
    },

    makeInvoice: async (invoice, call) => keep(await wallet.makeInvoice(invoice, call)),

    async makeHoldInvoice(invoice, call) {
      const { paymentHash } = invoice;
      const mine = await own('incoming', paymentHash);
      if (mine === null) {
        const seen = await wallet.lookup({ paymentHash }, call);
        if (!seen.ok) return seen;
        if (seen.value?.direction === 'incoming') return hashInUse();
      }
      return keep(await wallet.makeHoldInvoice(invoice, call));
    },

    async settleHold({ preimage }, call) {
      const mine = await own('incoming', bytesToHex(sha256(hexToBytes(preimage))));
      return mine === null ? notFound() : wallet.settleHold({ preimage }, call);
    },

    async cancelHold({ paymentHash }, call) {
      const mine = await own('incoming', paymentHash);
      return mine === null ? notFound() : wallet.cancelHold({ paymentHash }, call);
    },

    pay: (payment, call) => desk.pay(clientPubkey, payment, call ?? {}),

    async lookup({ paymentHash }, call) {
      const mine = (await own('incoming', paymentHash)) ?? (await own('outgoing', paymentHash));
      return success(mine === null ? null : await refreshed(mine, call));
    },

    async list({ limit = DEFAULT_LIST_LIMIT, ...query }, call) {
      const mine = await payments.list({ ...query, clientPubkey, limit: Math.min(limit, MAX_LIST_LIMIT) });
      const undecided = mine.filter(({ record }) => UNDECIDED.has(record.state)).slice(0, MAX_REFRESHED);
      const news = new Map(
        await Promise.all(
          undecided.map(async (payment) => [payment.record, await refreshed(payment, call)] as const),
        ),
      );
      return success(mine.map(({ record }) => news.get(record) ?? record));
    },
  };
}

function notFound(): WalletOutcome<never> {
  return failure('wallet-not-found', 'This connection has no such payment.');
}

function hashInUse(): WalletOutcome<never> {
  return failure('wallet-internal', 'This payment hash cannot be used: choose another preimage.');
}
