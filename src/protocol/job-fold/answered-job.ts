import type { Answer } from '../answer-order.ts';
import { parseInvoice, type Invoice } from '../bolt11.ts';
import type { NostrEvent } from '../event.ts';
import type { VerifiedZap } from '../payments/verify-zap.ts';

/** A job and the answers that count: what payments and reviews are judged against. */
export interface AnsweredJob {
  readonly requestId: string;
  readonly request: NostrEvent | null;
  /** By event id. */
  readonly answers: ReadonlyMap<string, Answer>;
  /** By provider, oldest first. */
  readonly answersOf: ReadonlyMap<string, readonly Answer[]>;
  /** Zap receipts that the caller has verified, by event id. */
  readonly zaps: ReadonlyMap<string, VerifiedZap>;
  readonly invoices: InvoiceReader;
}

/** Reads invoices, each once, and no more than some: each costs a signature check. */
export interface InvoiceReader {
  /** `null` when it is broken, or one too many. */
  read(bolt11: string): Invoice | null;
  /** Counts an invoice that is read elsewhere; `false` when that would be one too many. */
  mayReadAnother(): boolean;
}

/** Invoices that one fold looks into. */
const MAX_INVOICES = 64;

export function createInvoiceReader(): InvoiceReader {
  const known = new Map<string, Invoice | null>();
  let left = MAX_INVOICES;
  const mayReadAnother = () => left > 0 && left-- > 0;
  return {
    mayReadAnother,
    read(bolt11) {
      const before = known.get(bolt11);
      if (before !== undefined) return before;
      const parsed = mayReadAnother() ? parseInvoice(bolt11) : null;
      const invoice = parsed?.ok === true ? parsed.value : null;
      known.set(bolt11, invoice);
      return invoice;
    },
  };
}
