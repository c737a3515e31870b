import type { Msat, NostrEvent, Outcome } from '../protocol/index.ts';

/**
 * Agrees on the invoice of a zap (NIP-57) with the server of a lightning address: it commits to a zap request of
 * ours for that event, and is checked for amount and network. Nothing is paid yet.
 */
export type ZapInvoices = (zap: {
  readonly payTo: string;
  readonly amountMsat: Msat;
  readonly recipientPubkey: string;
  /** What is zapped: the offer, the result or the request. */
  readonly about: NostrEvent;
  readonly relays: readonly string[];
  readonly signal: AbortSignal;
}) => Promise<Outcome<{ readonly bolt11: string; readonly paymentHash: string }>>;
