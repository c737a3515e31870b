import type { Msat } from '../protocol/index.ts';
import type { JournalEntry } from './journal/entries.ts';

/** What a client of a gateway paid. */
export interface ClientReceipt {
  readonly paymentHash: string;
  /** What became of its job. */
  readonly state: string;
  readonly amountMsat: Msat;
  /** Where the wallet has it: received, locked, or given back without ever having been ours. */
  readonly place: 'wallet' | 'held' | 'returned';
  /** In double entry; a refund leaves by a payment of the ledger, which has its own. */
  readonly journal: readonly JournalEntry[];
  /** Unix seconds. */
  readonly updatedAt: number;
}

/** What the clients of a gateway pay into the wallet of its account, which the gateway keeps in books of its own. */
export interface ClientBooks {
  /** Every payment that came, oldest first. */
  receipts(): AsyncIterable<ClientReceipt>;
  /** Whether a payment is booked, or `awaited` for a quote that no gateway saw paid yet; `null` when it is no client's. */
  find(paymentHash: string): Promise<'booked' | 'awaited' | null>;
}
