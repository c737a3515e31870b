import type { Kysely, Selectable } from 'kysely';
import { failure, msat } from '../../protocol/index.ts';
import type { Approval, ChosenOffer, Purchase } from '../purchases.ts';
import type { LedgerSchema } from './schema.ts';
import { readEvent, readFailure, readTexts, storedEvent } from './stored-json.ts';

type PurchaseRow = Selectable<LedgerSchema['purchases']>;

/** The purchase that a row holds. */
export function purchaseOf(row: PurchaseRow): Purchase {
  return {
    requestId: row.request_id,
    customerPubkey: row.customer_pubkey,
    request: readEvent(row.request),
    relays: readTexts(row.relays),
    state: row.state,
    maxAmountMsat: msat(row.max_amount_msat),
    deadlineAt: Number(row.deadline_at),
    approval: row.approval,
    approved: approvalOf(row),
    orderId: row.order_id,
    ...(row.made_by === null ? {} : { madeBy: row.made_by }),
    offer: offerOf(row),
    result: row.result === null ? null : readEvent(row.result),
    preimage: row.preimage,
    feePaidMsat: row.fee_paid_msat === null ? null : msat(row.fee_paid_msat),
    refund:
      row.refund_bolt11 === null || row.refund_payment_hash === null
        ? null
        : { bolt11: row.refund_bolt11, paymentHash: row.refund_payment_hash },
    failure: row.failure === null ? null : readFailure(row.failure),
    openedAt: Number(row.opened_at),
    updatedAt: Number(row.updated_at),
    version: Number(row.version),
  };
}

function approvalOf(row: PurchaseRow): Approval | null {
  const { approved_offer_id: offerId, approved_max_msat: maxMsat, approved_at: approvedAt } = row;
  if (offerId === null || maxMsat === null || approvedAt === null) return null;
  return { offerId, maxAmountMsat: msat(maxMsat), approvedAt: Number(approvedAt) };
}

/** What a purchase that waits for another offer forgets. */
export const NO_OFFER_COLUMNS = {
  offer_event: null,
  offer_provider_pubkey: null,
  offer_exchange: null,
  offer_amount_msat: null,
  offer_bolt11: null,
  offer_payment_hash: null,
  offer_fee_limit_msat: null,
  offer_why: null,
  approved_offer_id: null,
  approved_max_msat: null,
  approved_at: null,
} as const;

/** The columns that hold a chosen offer. */
export function offerColumns(offer: ChosenOffer) {
  return {
    offer_event: storedEvent(offer.event),
    offer_provider_pubkey: offer.providerPubkey,
    offer_exchange: offer.exchange,
    offer_amount_msat: offer.amountMsat,
    offer_bolt11: offer.bolt11,
    offer_payment_hash: offer.paymentHash,
    offer_fee_limit_msat: offer.feeLimitMsat,
    offer_why: offer.why === undefined ? null : JSON.stringify(offer.why),
  };
}

function offerOf(row: PurchaseRow): ChosenOffer | null {
  const { offer_event, offer_provider_pubkey, offer_exchange, offer_amount_msat, offer_fee_limit_msat } = row;
  if (
    offer_event === null ||
    offer_provider_pubkey === null ||
    offer_exchange === null ||
    offer_amount_msat === null ||
    offer_fee_limit_msat === null
  )
    return null;
  return {
    event: readEvent(offer_event),
    providerPubkey: offer_provider_pubkey,
    exchange: offer_exchange,
    amountMsat: msat(offer_amount_msat),
    bolt11: row.offer_bolt11,
    paymentHash: row.offer_payment_hash,
    feeLimitMsat: msat(offer_fee_limit_msat),
    ...(row.offer_why === null ? {} : { why: readTexts(row.offer_why) }),
  };
}

/** The stored row of a purchase. */
export function purchaseRow(db: Kysely<LedgerSchema>, requestId: string) {
  return db.selectFrom('purchases').selectAll().where('request_id', '=', requestId).executeTakeFirst();
}

/** The same for whoever decides by it what is written next: nobody changes it before the commit. */
export function purchaseRowToChange(trx: Kysely<LedgerSchema>, requestId: string) {
  return trx
    .selectFrom('purchases')
    .selectAll()
    .where('request_id', '=', requestId)
    .forUpdate()
    .executeTakeFirst();
}

/** The caller has decided by what is not so any more. */
export function stalePurchase() {
  return failure('stale', 'The purchase was moved by somebody else; read it again.');
}
