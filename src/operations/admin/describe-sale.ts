import { journalOfSale, trialBalance, type Ledger, type Sale, type SaleReceipt } from '../../ledger/index.ts';
import type { Msat } from '../../protocol/index.ts';

/** Something that happened to a job, as the books and signed events have it. */
export interface SaleStep {
  /** Unix seconds. */
  readonly at: number;
  readonly what: string;
  readonly amountMsat?: Msat;
}

/** A sale for people and programs: no invoice, no preimage, no token, nothing of what was asked or answered. */
export function saleFacts(sale: Sale) {
  return {
    requestId: sale.requestId,
    provider: sale.providerPubkey,
    customer: sale.customerPubkey,
    service: sale.serviceId,
    kind: sale.request.kind,
    work: sale.work,
    money: sale.money,
    exchange: sale.exchange,
    amountMsat: sale.quote?.amountMsat ?? null,
    goodwillMsat: sale.goodwill?.amountMsat ?? null,
    refund:
      sale.refund === null
        ? null
        : { via: sale.refund.via, amountMsat: sale.refund.amountMsat, feePaidMsat: sale.refund.feePaidMsat },
    failure: sale.failure === null ? null : { code: sale.failure.code, message: sale.failure.message },
    attempts: sale.attempts,
    openedAt: sale.openedAt,
    updatedAt: sale.updatedAt,
    deadlineAt: sale.deadlineAt,
    result: sale.result?.id ?? null,
  };
}

/** A sale with what came for it, what its books amount to, and what happened when. */
export async function wholeSale(ledger: Pick<Ledger, 'sales'>, sale: Sale) {
  const receipts = await ledger.sales.receipts(sale);
  const books = trialBalance(journalOfSale(sale, receipts));
  return {
    ...saleFacts(sale),
    /** What came for it and is still the customer's: all of it before the delivery, then what is above the price. */
    owedMsat: -(books.get('owed-to-customers') ?? 0n),
    receipts: receipts.map(({ via, amountMsat, receivedAt }) => ({ via, amountMsat, receivedAt })),
    books: Object.fromEntries(books),
    timeline: saleTimeline(sale, receipts),
  };
}

/** The books keep where a sale is and when money came, not each move: of those the log tells. */
export function saleTimeline(sale: Sale, receipts: readonly SaleReceipt[]): SaleStep[] {
  const { request, result, goodwill } = sale;
  const steps: SaleStep[] = [
    { at: request.created_at, what: 'asked' },
    { at: sale.openedAt, what: 'taken' },
    ...(sale.lockedAt === null ? [] : [{ at: sale.lockedAt, what: 'money locked' }]),
    ...receipts.map(({ receivedAt, via, amountMsat }) => ({
      at: receivedAt,
      what: `received by ${via}`,
      amountMsat,
    })),
    ...(result === null ? [] : [{ at: result.created_at, what: 'result made' }]),
    ...(goodwill === null
      ? []
      : [{ at: goodwill.givenAt, what: 'given back', amountMsat: goodwill.amountMsat }]),
    { at: sale.updatedAt, what: `${sale.work}, money ${sale.money}` },
  ];
  return steps.toSorted((one, other) => one.at - other.at);
}
