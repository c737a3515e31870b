import type { Selectable } from 'kysely';
import { msat } from '../../protocol/index.ts';
import type { Sale, SaleChange, SaleQuote, SaleRefund } from '../sales.ts';
import type { LedgerSchema } from './schema.ts';
import { readEvent, readFailure, storedEvent } from './stored-json.ts';

type SaleRow = Selectable<LedgerSchema['sales']>;

/** The sale that a row holds. */
export function saleOf(row: SaleRow): Sale {
  return {
    providerPubkey: row.provider_pubkey,
    requestId: row.request_id,
    customerPubkey: row.customer_pubkey,
    serviceId: row.service_id,
    request: readEvent(row.request),
    work: row.work,
    money: row.money,
    exchange: row.exchange,
    quote: quoteOf(row),
    refund: refundOf(row),
    goodwill:
      row.goodwill_msat === null
        ? null
        : { amountMsat: msat(row.goodwill_msat), givenAt: Number(row.goodwill_at) },
    lockedAt: row.locked_at === null ? null : Number(row.locked_at),
    token: row.token,
    result: row.result === null ? null : readEvent(row.result),
    failure: row.failure === null ? null : readFailure(row.failure),
    deadlineAt: row.deadline_at === null ? null : Number(row.deadline_at),
    lease:
      row.lease_owner === null
        ? null
        : {
            owner: row.lease_owner,
            fence: Number(row.lease_fence),
            expiresAt: Number(row.lease_expires_at),
          },
    attempts: Number(row.attempts),
    openedAt: Number(row.opened_at),
    updatedAt: Number(row.updated_at),
    version: Number(row.version),
  };
}

function quoteOf(row: SaleRow): SaleQuote | null {
  if (row.amount_msat === null) return null;
  return {
    amountMsat: msat(row.amount_msat),
    validUntil: Number(row.valid_until),
    usualSeconds: Number(row.usual_seconds),
    worstSeconds: Number(row.worst_seconds),
    paymentHash: row.payment_hash,
    preimage: row.preimage,
    bolt11: row.bolt11,
    ...(row.kept_once_begun === 1n ? { isKeptOnceBegun: true } : {}),
  };
}

function refundOf(row: SaleRow): SaleRefund | null {
  if (row.refund_via === null || row.refund_amount_msat === null) return null;
  return {
    via: row.refund_via,
    amountMsat: msat(row.refund_amount_msat),
    bolt11: row.refund_bolt11,
    paymentHash: row.refund_payment_hash,
    feePaidMsat: row.refund_fee_msat === null ? null : msat(row.refund_fee_msat),
  };
}

/** The columns that a change writes. */
export function changedColumns(change: SaleChange) {
  return {
    ...(change.work === undefined ? {} : { work: change.work }),
    ...(change.money === undefined ? {} : { money: change.money }),
    ...(change.exchange === undefined ? {} : { exchange: change.exchange }),
    ...(change.quote === undefined ? {} : quoteColumns(change.quote)),
    ...(change.lockedAt === undefined ? {} : { locked_at: change.lockedAt }),
    ...(change.token === undefined ? {} : { token: change.token }),
    ...(change.result === undefined ? {} : { result: storedEvent(change.result) }),
    ...(change.failure === undefined
      ? {}
      : { failure: change.failure === null ? null : JSON.stringify(change.failure) }),
    ...(change.deadlineAt === undefined ? {} : { deadline_at: change.deadlineAt }),
    ...(change.attempts === undefined ? {} : { attempts: change.attempts }),
    ...(change.refund === undefined ? {} : refundColumns(change.refund)),
    ...(change.goodwill === undefined
      ? {}
      : { goodwill_msat: change.goodwill.amountMsat, goodwill_at: change.goodwill.givenAt }),
  };
}

function quoteColumns(quote: SaleQuote) {
  return {
    amount_msat: quote.amountMsat,
    valid_until: quote.validUntil,
    usual_seconds: quote.usualSeconds,
    worst_seconds: quote.worstSeconds,
    payment_hash: quote.paymentHash,
    preimage: quote.preimage,
    bolt11: quote.bolt11,
    kept_once_begun: quote.isKeptOnceBegun === true ? 1 : 0,
  };
}

function refundColumns(refund: SaleRefund) {
  return {
    refund_via: refund.via,
    refund_amount_msat: refund.amountMsat,
    refund_bolt11: refund.bolt11,
    refund_payment_hash: refund.paymentHash,
    refund_fee_msat: refund.feePaidMsat,
  };
}
