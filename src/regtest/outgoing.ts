import * as ldk from 'lightningdevkit';
import type { WalletOutcome } from '../money/index.ts';
import { failure, msat, parseInvoice, success, type Invoice, type Msat } from '../protocol/index.ts';
import type { CallOutcome, CallParams } from './calls.ts';
import type { Notify } from './incoming.ts';
import { unwrap } from './ldk.ts';
import type { PrivateNetwork } from './network.ts';
import type { LightningNode } from './node.ts';
import type { PaymentKey, PaymentRecords } from './payment-records.ts';
import { toHex } from './transactions.ts';
import { Waiters } from './waiters.ts';

type PayOutcome = CallOutcome<'pay'>;
type PayableInvoice = Invoice & { readonly amountMsat: Msat };

/** Tries after the first, while the invoice is valid. */
const SEND_RETRIES = 3;

/** The paying half of every role's wallet. */
export class OutgoingPayments {
  readonly #network: PrivateNetwork;
  readonly #records: PaymentRecords;
  readonly #now: () => number;
  readonly #notify: Notify;
  readonly #paying = new Waiters<PayOutcome>();
  #ended = 0;

  constructor(network: PrivateNetwork, records: PaymentRecords, now: () => number, notify: Notify) {
    this.#network = network;
    this.#records = records;
    this.#now = now;
    this.#notify = notify;
  }

  /** Payments that ended, well or badly, since this thread started. */
  get ended(): number {
    return this.#ended;
  }

  /**
   * Pays an invoice, or joins the payment that already has its hash; answers when it ended, which for a hold
   * invoice is when the payee settles or cancels. A payment that failed may be tried again. Fails with
   * `invalid-invoice`, `wrong-network`, `insufficient-balance` or `payment-failed`.
   */
  async pay(payment: CallParams<'pay'>): Promise<PayOutcome> {
    const readable = readInvoice(payment.bolt11);
    if (!readable.ok) return readable;
    const invoice = readable.value;
    const key: PaymentKey = {
      role: payment.role,
      direction: 'outgoing',
      paymentHash: invoice.paymentHash,
    };
    const known = this.#records.find(key);
    if (known?.state === 'settled') return this.#paidBefore(key);
    if (known?.state === 'pending') return this.#paying.wait(key);
    const node = this.#network.node(payment.role);
    if (invoice.payee === toHex(node.id))
      return failure('payment-failed', 'A wallet cannot pay its own invoice: pay from another role.', {
        reason: 'own-invoice',
      });
    if (this.#now() >= invoice.expiresAt)
      return failure('invalid-invoice', 'The invoice has expired: ask the payee for a new one.', {
        reason: 'expired',
        expiresAt: invoice.expiresAt,
      });
    return this.#send(node, key, invoice, payment.feeLimitMsat);
  }

  async #paidBefore(key: PaymentKey): Promise<PayOutcome> {
    await this.#network.committed();
    const record = this.#records.find(key)?.record;
    if (record?.preimage == null) throw new Error('a settled payment without its preimage');
    return success({ preimage: record.preimage, feePaidMsat: record.feePaidMsat });
  }

  #send(
    node: LightningNode,
    key: PaymentKey,
    invoice: PayableInvoice,
    feeLimitMsat: Msat,
  ): Promise<PayOutcome> {
    this.#records.add({
      ...key,
      isHold: false,
      bolt11: invoice.bolt11,
      amountMsat: invoice.amountMsat,
      createdAt: this.#now(),
      expiresAt: invoice.expiresAt,
    });
    const ended = this.#paying.wait(key);
    const { oncePossibleMsat } = node.spendable;
    if (invoice.amountMsat > oncePossibleMsat)
      this.#fail(
        key,
        failure('insufficient-balance', 'The wallet holds too little for this payment.', {
          reason: 'insufficient-balance',
          amountMsat: invoice.amountMsat.toString(),
          spendableMsat: oncePossibleMsat.toString(),
        }),
      );
    else {
      const refused = sendThroughLdk(node, invoice, feeLimitMsat);
      if (refused !== null) this.#fail(key, paymentFailed(refused));
    }
    this.#network.touch(node);
    return ended;
  }

  /** The payee took the money. LDK says so again at every start. */
  onSent(node: LightningNode, event: ldk.Event_PaymentSent): void {
    const key = outgoing(node, event.payment_hash);
    const preimage = toHex(event.payment_preimage);
    const fee = event.fee_paid_msat;
    const feePaidMsat = msat(fee instanceof ldk.Option_u64Z_Some ? fee.some : 0n);
    if (!this.#records.settleOutgoing(key, { preimage, feePaidMsat })) return;
    const record = this.#records.find(key)?.record;
    if (record !== undefined)
      this.#network.whenCommitted(() => this.#notify(key.role, { type: 'sent', payment: record }));
    this.#end(key, success({ preimage, feePaidMsat }));
  }

  /** The money came back for good: LDK has nothing of it under way. */
  onFailed(node: LightningNode, event: ldk.Event_PaymentFailed): void {
    const reason = event.reason;
    this.#fail(
      outgoing(node, event.payment_id),
      paymentFailed(
        reason instanceof ldk.Option_PaymentFailureReasonZ_Some
          ? kebab(ldk.PaymentFailureReason[reason.some], 'LDKPaymentFailureReason_')
          : 'unknown',
      ),
    );
  }

  #fail(key: PaymentKey, failed: PayOutcome & { readonly ok: false }): void {
    this.#records.fail(key, String(failed.failure.data?.['reason']));
    this.#end(key, failed);
  }

  #end(key: PaymentKey, outcome: PayOutcome): void {
    this.#ended += 1;
    const answer = this.#paying.take(key);
    this.#network.whenCommitted(() => answer(outcome));
  }
}

function outgoing(node: LightningNode, paymentHash: Uint8Array): PaymentKey {
  return { role: node.name, direction: 'outgoing', paymentHash: toHex(paymentHash) };
}

function readInvoice(bolt11: string): WalletOutcome<PayableInvoice> {
  const parsed = parseInvoice(bolt11);
  if (!parsed.ok) return failure('invalid-invoice', parsed.failure.message, { reason: parsed.failure.code });
  const { network, amountMsat } = parsed.value;
  if (network !== 'regtest')
    return failure('wrong-network', 'This wallet holds play money and pays only regtest invoices.', {
      expected: 'regtest',
      actual: network,
    });
  if (amountMsat === null)
    return failure('invalid-invoice', 'Ask the payee for an invoice that names its amount.', {
      reason: 'amountless',
    });
  return success({ ...parsed.value, amountMsat });
}

/** Starts the payment, named by its hash; `null`, or why LDK refused to. */
function sendThroughLdk(node: LightningNode, invoice: PayableInvoice, feeLimitMsat: Msat): string | null {
  const readable = ldk.Bolt11Invoice.constructor_from_str(invoice.bolt11);
  if (!(readable instanceof ldk.Result_Bolt11InvoiceParseOrSemanticErrorZ_OK)) return 'unreadable-invoice';
  const parameters = unwrap(
    ldk.UtilMethods.constructor_payment_parameters_from_invoice(readable.res),
    ldk.Result_C3Tuple_ThirtyTwoBytesRecipientOnionFieldsRouteParametersZNoneZ_OK,
    'read an invoice with an amount',
  );
  const route = parameters.get_c();
  route.set_max_total_routing_fee_msat(ldk.Option_u64Z.constructor_some(feeLimitMsat));
  const hash = parameters.get_a();
  const sent = node.channels.send_payment(
    hash,
    parameters.get_b(),
    hash,
    route,
    ldk.Retry.constructor_attempts(SEND_RETRIES),
  );
  if (sent.is_ok()) return null;
  return sent instanceof ldk.Result_NoneRetryableSendFailureZ_Err
    ? kebab(ldk.RetryableSendFailure[sent.err], 'LDKRetryableSendFailure_')
    : 'unknown';
}

const ADVICE: Readonly<Record<string, string>> = {
  'recipient-rejected': 'The payee returned the money: ask it for a new invoice.',
  'retries-exhausted': 'The payment came back: try again, or ask for a new invoice.',
  'route-not-found': 'No channel reaches the payee with that amount within the fee limit: try less.',
  'payment-expired': 'The invoice expired under way: ask the payee for a new one.',
};

function paymentFailed(reason: string) {
  return failure('payment-failed', ADVICE[reason] ?? 'The payment failed and the money is back.', { reason });
}

/** `LDKRetryableSendFailure_RouteNotFound` → `route-not-found`. */
function kebab(name: string | undefined, prefix: string): string {
  return (name ?? 'unknown')
    .replace(prefix, '')
    .replace(/(?<=[a-z])(?=[A-Z])/g, '-')
    .toLowerCase();
}
