import type { Sale } from '../ledger/index.ts';
import { foldJob, type JobRequest, type NostrEvent } from '../protocol/index.ts';
import type { ProviderContext } from './context.ts';

/** A request younger than this is news: nobody can have finished it without our seeing it. */
const NEWS_SECONDS = 15;

/** Whether the event is so young that what stood on the relays before need not be asked about it. */
export function isNews(event: { readonly created_at: number }, now: number): boolean {
  return now - event.created_at < NEWS_SECONDS;
}

/**
 * Whether its customer still wants what a request asks that stood on the relays before we came: it was neither
 * withdrawn nor has it expired. A result by somebody else does not count: anybody can publish one, and a customer
 * may accept several.
 */
export async function isStillWanted(context: ProviderContext, request: JobRequest): Promise<boolean> {
  const now = context.now();
  if (isNews(request.event, now)) return true;
  const events = await context.relays.query(
    context.relayUrls,
    [{ kinds: [5], authors: [request.customerPubkey], '#e': [request.id], limit: 10 }],
    { signal: context.signal },
  );
  return !foldJob({ request: request.event, events, at: now }).final;
}

/** Whether this event withdraws the sale's request; only its author can (NIP-09). */
export function isCancelledBy(sale: Sale, event: NostrEvent): boolean {
  return foldJob({ request: sale.request, events: [event] }).state === 'cancelled';
}
