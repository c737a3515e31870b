import { failure, success, type Msat, type NostrEvent, type Outcome } from '../protocol/index.ts';

/** An invoice that was made for a zap request, and what became of it. */
export interface ZapRecord {
  readonly paymentHash: string;
  readonly bolt11: string;
  readonly amountMsat: Msat;
  /** The zap request exactly as its sender wrote it: the receipt must repeat it. */
  readonly description: string;
  /** Where the receipt goes. */
  readonly relays: readonly string[];
  /** When the invoice runs out, unix seconds. */
  readonly expiresAt: number;
  /**
   * `open`: not paid yet. `receipt-due`: our wallet has the money, and the receipt is signed. Final are
   * `published`, `unpublished` (no relay took the receipt) and `lapsed` (never paid).
   */
  readonly state: 'open' | 'receipt-due' | 'published' | 'unpublished' | 'lapsed';
  /** Signed once, whatever happens: sent again after a crash it is still the same event. */
  readonly receipt: NostrEvent | null;
}

/** A move of a record. */
export type ZapChange =
  | { readonly state: 'receipt-due'; readonly receipt: NostrEvent }
  | { readonly state: 'published' | 'unpublished' | 'lapsed' };

/** Where zaps are kept between invoice and receipt. A durable one makes receipts survive a crash. */
export interface ZapRecords {
  /** Books an open zap before its invoice is handed out. */
  add(zap: Omit<ZapRecord, 'state' | 'receipt'>): Promise<Outcome<void, 'too-many-zaps'>>;
  /** Moves a record in one durable step if it is still in the state that was seen; says whether it did. */
  change(paymentHash: string, seen: ZapRecord['state'], change: ZapChange): Promise<boolean>;
  get(paymentHash: string): Promise<ZapRecord | null>;
  /** Records that are open or have a receipt due, oldest first. */
  unfinished(): Promise<ZapRecord[]>;
}

/** More invoices than these do not wait to be paid, unless told: strangers ask for them. */
export const MAX_UNFINISHED_ZAPS = 1_000;

/** What a full store says to the next zap. */
export function tooManyZaps() {
  return failure('too-many-zaps', 'Too many zaps wait to be paid: try again later.');
}

/** Keeps zaps in memory, for simple programs and tests; at most `maxUnfinished` (1,000 unless told), finished ones not at all. */
export function createMemoryZapRecords(options: { readonly maxUnfinished?: number } = {}): ZapRecords {
  const { maxUnfinished = MAX_UNFINISHED_ZAPS } = options;
  const records = new Map<string, ZapRecord>();
  return {
    async add(zap) {
      if (records.size >= maxUnfinished) return tooManyZaps();
      records.set(zap.paymentHash, { ...zap, state: 'open', receipt: null });
      return success(undefined);
    },
    async change(paymentHash, seen, change) {
      const record = records.get(paymentHash);
      if (record?.state !== seen) return false;
      if (change.state === 'receipt-due') records.set(paymentHash, { ...record, ...change });
      else records.delete(paymentHash);
      return true;
    },
    get: async (paymentHash) => records.get(paymentHash) ?? null,
    unfinished: async () => [...records.values()],
  };
}
