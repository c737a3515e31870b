import { createHash } from 'node:crypto';
import * as ldk from 'lightningdevkit';
import type { PaymentRecord, WalletNotification, WalletOutcome } from '../money/index.ts';
import { failure, isHex32, parseInvoice, success } from '../protocol/index.ts';
import type { CallParams, InvoiceWish } from './calls.ts';
import { signInvoice } from './ldk-invoice.ts';
import type { PrivateNetwork } from './network.ts';
import type { LightningNode } from './node.ts';
import type { PaymentKey, PaymentRecords, StoredPayment } from './payment-records.ts';
import { toHex } from './transactions.ts';
import { Waiters } from './waiters.ts';

/** Tells a role's listeners, after the commit. */
export type Notify = (role: string, notification: WalletNotification) => void;

/**
 * Blocks a payer must leave for a hold invoice: at one block every ten seconds some 70 minutes of work
 * before the money goes back. LDK refuses routes of more than 1,008 blocks in all.
 */
const HOLD_FINAL_CLTV = 432;
const MAX_EXPIRY_SECONDS = 31_536_000;

/** The receiving half of every role's wallet. */
export class IncomingPayments {
  readonly #network: PrivateNetwork;
  readonly #records: PaymentRecords;
  readonly #now: () => number;
  readonly #notify: Notify;
  readonly #settling = new Waiters<WalletOutcome<void>>();

  constructor(network: PrivateNetwork, records: PaymentRecords, now: () => number, notify: Notify) {
    this.#network = network;
    this.#records = records;
    this.#now = now;
    this.#notify = notify;
  }

  /**
   * Signs an invoice, a hold invoice when the wish names a payment hash. Fails with `invalid-invoice` when
   * the terms cannot be expressed or the hash was used before.
   */
  async makeInvoice(wish: InvoiceWish): Promise<WalletOutcome<PaymentRecord>> {
    const { role, amountMsat, description, paymentHash } = wish;
    const refusal = this.#refuseWish(wish);
    if (refusal !== null) return refusal;
    const node = this.#network.node(role);
    const behind = this.#now() - this.#network.lastBlockTime;
    const signed = signInvoice(node, {
      amountMsat,
      description,
      expirySeconds: Math.max(1, wish.expirySeconds + behind),
      paymentHash,
      minFinalCltvExpiry: paymentHash === null ? null : HOLD_FINAL_CLTV,
    });
    this.#network.touch(node);
    if (!signed.ok) return unmakeable(signed.failure.message);
    const invoice = parseInvoice(signed.value);
    if (!invoice.ok) throw new Error(`LDK signed an unreadable invoice: ${invoice.failure.code}`);
    const { expiresAt, bolt11 } = invoice.value;
    const key = incoming(role, invoice.value.paymentHash);
    this.#records.add({
      ...key,
      isHold: paymentHash !== null,
      bolt11,
      amountMsat,
      createdAt: this.#now(),
      expiresAt,
    });
    const { record } = this.#known(key);
    await this.#network.committed();
    return success(record);
  }

  #refuseWish(wish: InvoiceWish) {
    const { amountMsat, expirySeconds, description, paymentHash } = wish;
    if (amountMsat === 0n) return unmakeable('Ask for an amount above zero.');
    if (!Number.isSafeInteger(expirySeconds) || expirySeconds < 1 || expirySeconds > MAX_EXPIRY_SECONDS)
      return unmakeable('Let the invoice expire in whole seconds, at least one and within a year.');
    if ('sha256' in description && !isHex32(description.sha256))
      return unmakeable('Give the description hash as 64 lower-case hex characters.');
    if (paymentHash === null) return null;
    if (!isHex32(paymentHash)) return unmakeable('Give the payment hash as 64 lower-case hex characters.');
    return this.#records.find(incoming(wish.role, paymentHash)) === null
      ? null
      : unmakeable('Choose a new preimage: this wallet has an invoice for its hash.');
  }

  /** Claims held money; answers once it is ours on disk. Fails with `wallet-not-found` or `payment-failed`. */
  async settle(hold: CallParams<'settleHold'>): Promise<WalletOutcome<void>> {
    if (!isHex32(hold.preimage))
      return failure('payment-failed', 'Give the preimage as 64 lower-case hex characters.');
    const preimage = Buffer.from(hold.preimage, 'hex');
    const key = incoming(hold.role, createHash('sha256').update(preimage).digest('hex'));
    const payment = this.#records.find(key);
    if (payment === null) return unknownHash();
    if (payment.state === 'settled') return this.#done();
    if (payment.state !== 'accepted' && payment.state !== 'settling') return notPossible('settled', payment);
    const settled = this.#settling.wait(key);
    const node = this.#network.node(hold.role);
    if (payment.state === 'accepted') {
      this.#records.startSettling(key, hold.preimage);
      node.channels.claim_funds(preimage);
    }
    this.#network.touch(node);
    return settled;
  }

  /** Returns held money or makes an unpaid invoice unpayable. Fails with `wallet-not-found` or `payment-failed`. */
  async cancel(hold: CallParams<'cancelHold'>): Promise<WalletOutcome<void>> {
    const key = incoming(hold.role, hold.paymentHash);
    const payment = this.#records.find(key);
    if (payment === null) return unknownHash();
    if (payment.state === 'settled' || payment.state === 'settling') return notPossible('cancelled', payment);
    if (payment.state === 'pending' || payment.state === 'accepted') {
      this.#records.cancel(key);
      this.#refuseHtlcs(this.#network.node(hold.role), Buffer.from(hold.paymentHash, 'hex'));
    }
    return this.#done();
  }

  async #done(): Promise<WalletOutcome<void>> {
    await this.#network.committed();
    return success(undefined);
  }

  /** Decides over money that arrived: LDK's own clock is too coarse to enforce expiry, so it is done here. */
  onClaimable(node: LightningNode, event: ldk.Event_PaymentClaimable): void {
    const key = incoming(node.name, toHex(event.payment_hash));
    const payment = this.#records.find(key);
    const isPayable = payment !== null && payment.state === 'pending' && this.#now() < payment.expiresAt;
    const preimage = event.purpose.preimage();
    if (isPayable && payment.isHold) {
      const deadline = event.claim_deadline;
      this.#records.accept(key, deadline instanceof ldk.Option_u32Z_Some ? deadline.some : null);
      this.#tell(key, 'held');
    } else if (isPayable && preimage instanceof ldk.Option_ThirtyTwoBytesZ_Some) {
      this.#records.startSettling(key, toHex(preimage.some));
      node.channels.claim_funds(preimage.some);
    } else this.#refuseHtlcs(node, event.payment_hash);
  }

  #refuseHtlcs(node: LightningNode, paymentHash: Uint8Array): void {
    node.channels.fail_htlc_backwards(paymentHash);
    this.#network.touch(node);
  }

  /** Books money that is ours. */
  onClaimed(node: LightningNode, event: ldk.Event_PaymentClaimed): void {
    const key = incoming(node.name, toHex(event.payment_hash));
    if (this.#records.settleIncoming(key)) this.#tell(key, 'received');
    const answer = this.#settling.take(key);
    this.#network.whenCommitted(() => answer(success(undefined)));
  }

  #tell(key: PaymentKey, type: WalletNotification['type']): void {
    const payment = this.#known(key).record;
    this.#network.whenCommitted(() => this.#notify(key.role, { type, payment }));
  }

  #known(key: PaymentKey): StoredPayment {
    const payment = this.#records.find(key);
    if (payment === null) throw new Error('a payment without a record');
    return payment;
  }
}

function incoming(role: string, paymentHash: string): PaymentKey {
  return { role, direction: 'incoming', paymentHash };
}

function unmakeable(message: string) {
  return failure('invalid-invoice', message);
}

function unknownHash() {
  return failure('wallet-not-found', 'This wallet made no invoice for that hash: check which wallet it was.');
}

function notPossible(what: 'settled' | 'cancelled', payment: StoredPayment) {
  const { state, paymentHash } = payment.record;
  return failure('payment-failed', `The payment is ${state} and cannot be ${what}.`, { state, paymentHash });
}
