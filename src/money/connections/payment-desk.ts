import { failure, parseInvoice, success } from '../../protocol/index.ts';
import type { PaymentRecord, Wallet, WalletCall, WalletOutcome } from '../wallet.ts';
import { lookupDirection } from '../lookup-direction.ts';
import { feeLimitOf } from '../spending.ts';
import type { ConnectionPayments } from './contract.ts';

type PayOutcome = Awaited<ReturnType<Wallet['pay']>>;

/** Pays for connections out of one wallet: reserves first, asks the wallet, and keeps the reservation until the wallet says how it ended. */
export interface PaymentDesk {
  /** As `Wallet.pay`, once per payment hash at a time; a payment of another connection is never joined. */
  pay(clientPubkey: string, payment: Parameters<Wallet['pay']>[0], call: WalletCall): Promise<PayOutcome>;
  /** Books what the wallet pushed of a payment; one that is being paid here is booked by its own answer. */
  hear(record: PaymentRecord): Promise<void>;
  /** Asks the wallet what became of an open payment, and books it when that is decided. */
  follow(record: PaymentRecord, call: WalletCall): Promise<void>;
  /** Follows every open payment that no call here waits for. */
  followAll(call: WalletCall): Promise<void>;
}

/** How long after its invoice expired a payment that the wallet has never seen can no longer be sent. */
const UNSENDABLE_SECONDS = 600;
const MAX_FOLLOWED = 1_000;

/** Makes the desk of a wallet. `now` is unix seconds. */
export function openPaymentDesk(desk: {
  readonly wallet: Wallet;
  readonly payments: ConnectionPayments;
  readonly now: () => number;
}): PaymentDesk {
  const { wallet, payments, now } = desk;
  const underWay = new Map<
    string,
    { readonly clientPubkey: string; readonly outcome: Promise<PayOutcome> }
  >();
  /** A payment waits for these: what the wallet said before must not undo what is reserved after. */
  const following = new Map<string, Promise<void>>();

  async function pay(
    clientPubkey: string,
    { bolt11, feeLimitMsat: asked }: Parameters<Wallet['pay']>[0],
    paymentHash: string,
    amountMsat: PaymentRecord['amountMsat'],
    call: WalletCall,
  ): Promise<PayOutcome> {
    await following.get(paymentHash);
    const known = await payments.find('outgoing', paymentHash);
    const isOurs = known?.clientPubkey === clientPubkey;
    if (isOurs && known.record.state === 'settled' && known.record.preimage !== null)
      return success({ preimage: known.record.preimage, feePaidMsat: known.record.feePaidMsat });
    if (!isOurs || known.record.state === 'failed') {
      const elsewhere = await findOutgoing(paymentHash, call);
      if (!elsewhere.ok)
        return failure('wallet-internal', 'The wallet cannot be asked now: try again later.');
      if (elsewhere.value !== null && elsewhere.value.state !== 'failed') return paidElsewhere();
    }
    const usual = feeLimitOf(amountMsat);
    const feeLimitMsat = asked < usual ? asked : usual;
    const reserved = await payments.reserve(
      { clientPubkey, bolt11, paymentHash, amountMsat, feeLimitMsat },
      now(),
    );
    if (!reserved.ok) return reserved;
    const paid = await wallet.pay({ bolt11, feeLimitMsat }, call);
    if (!paid.ok && OPEN_OUTCOMES.has(paid.failure.code)) return paid;
    return paid.ok ? settle(paymentHash, paid) : checkFailure(paymentHash, paid, call);
  }

  async function settle(paymentHash: string, paid: PayOutcome & { readonly ok: true }): Promise<PayOutcome> {
    const reserved = await payments.find('outgoing', paymentHash);
    if (reserved !== null)
      await payments.update({ ...reserved.record, state: 'settled', settledAt: now(), ...paid.value });
    return paid;
  }

  /** A wallet that says `failed` may be wrong: only when its own books agree is the money free again. */
  async function checkFailure(
    paymentHash: string,
    failed: PayOutcome,
    call: WalletCall,
  ): Promise<PayOutcome> {
    const reserved = await payments.find('outgoing', paymentHash);
    const seen = await findOutgoing(paymentHash, call);
    if (reserved === null || !seen.ok) return stillOpen();
    if (seen.value === null || seen.value.state === 'failed') {
      await payments.update({ ...reserved.record, state: 'failed' });
      return failed;
    }
    await payments.update(seen.value);
    const { state, preimage, feePaidMsat } = seen.value;
    return state === 'settled' && preimage !== null ? success({ preimage, feePaidMsat }) : stillOpen();
  }

  function findOutgoing(paymentHash: string, call: WalletCall): Promise<WalletOutcome<PaymentRecord | null>> {
    return lookupDirection(wallet, { paymentHash, direction: 'outgoing' }, call);
  }

  async function lookAgain(record: PaymentRecord, call: WalletCall): Promise<void> {
    const seen = await findOutgoing(record.paymentHash, call);
    if (!seen.ok) return;
    if (seen.value !== null) await payments.update(seen.value);
    else if (isUnsendable(record, now())) await payments.update({ ...record, state: 'failed' });
  }

  async function follow(record: PaymentRecord, call: WalletCall): Promise<void> {
    const { paymentHash } = record;
    if (underWay.has(paymentHash)) return;
    const looking =
      following.get(paymentHash) ?? lookAgain(record, call).finally(() => following.delete(paymentHash));
    following.set(paymentHash, looking);
    await looking;
  }

  return {
    pay(clientPubkey, payment, call) {
      const invoice = parseInvoice(payment.bolt11);
      if (!invoice.ok || invoice.value.amountMsat === null)
        return Promise.resolve(failure('invalid-invoice', 'Only valid invoices with an amount are paid.'));
      const { paymentHash, amountMsat } = invoice.value;
      const running = underWay.get(paymentHash);
      if (running !== undefined)
        return running.clientPubkey === clientPubkey ? running.outcome : Promise.resolve(paidElsewhere());
      const outcome = pay(clientPubkey, payment, paymentHash, amountMsat, call).finally(() =>
        underWay.delete(paymentHash),
      );
      underWay.set(paymentHash, { clientPubkey, outcome });
      return outcome;
    },
    async hear(record) {
      if (record.direction === 'incoming' || !underWay.has(record.paymentHash)) await payments.update(record);
    },
    follow,
    async followAll(call) {
      for (const { record } of await payments.open(MAX_FOLLOWED)) {
        if (call.signal?.aborted) return;
        await follow(record, call);
      }
    },
  };
}

/** After these a payment may still succeed: its reservation stays. */
const OPEN_OUTCOMES: ReadonlySet<string> = new Set(['wallet-timeout', 'wallet-unreachable']);

function paidElsewhere(): PayOutcome {
  return failure('payment-failed', 'This invoice is paid already, but not through this connection.');
}

function stillOpen(): PayOutcome {
  return failure('wallet-timeout', 'It is open what became of the payment: look it up.');
}

/** Nobody pays an invoice that expired long ago: a payment of it that the wallet has never seen, never will be. */
function isUnsendable(record: PaymentRecord, now: number): boolean {
  const invoice = record.bolt11 === null ? null : parseInvoice(record.bolt11);
  return invoice?.ok === true && invoice.value.expiresAt + UNSENDABLE_SECONDS <= now;
}
