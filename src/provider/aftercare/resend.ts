import type { MoneyState, OutgoingEvent, Sale } from '../../ledger/index.ts';
import { parseJobRequest, type JobMessage, type NostrEvent } from '../../protocol/index.ts';
import { answerRelays, type ProviderContext } from '../context.ts';

/** A customer asks for a result that it has not got. */
type ResendRequest = Extract<JobMessage, { readonly type: 'resend' }>;

/** How often a result is sent again: once for each sale in that time, and so many of all sales together. */
const PAUSE_SECONDS = 30;
const MAX_PER_PAUSE = 100;
/** What was sent so long after a request to resend it has answered that request; clocks differ by less. */
const CLOCK_SKEW_SECONDS = 900;
/** A result that no relay takes for an hour is asked for again by whoever still wants it. */
const WORTH_SECONDS = 3600;

/** What the price was paid by; of the rest of it, something that came on top may go back. */
const PAID: ReadonlySet<MoneyState> = new Set([
  'settling',
  'settled',
  'refund-due',
  'refunding',
  'refunded',
  'unclaimed',
]);

/**
 * Hears customers that ask for their result again, and publishes it anew, the same event as before. Only the author
 * of the request is served, only what was delivered, and paid where it had a price; whoever else asks hears nothing.
 */
export function createResendDesk(context: ProviderContext): (message: ResendRequest) => Promise<void> {
  const sentAt = new Map<string, number>();

  const mayResend = (requestId: string): boolean => {
    const now = context.now();
    for (const [sale, at] of sentAt) if (now - at >= PAUSE_SECONDS) sentAt.delete(sale);
    if (sentAt.has(requestId) || sentAt.size >= MAX_PER_PAUSE) return false;
    sentAt.set(requestId, now);
    return true;
  };

  return async (message) => {
    const sale = await context.ledger.sales.get(context.signer.pubkey, message.requestId);
    if (sale?.customerPubkey !== message.authorPubkey) return;
    const { result } = sale;
    if (result === null || !isDueToCustomer(sale)) return;
    if ((await isAnswered(context, result, message)) || !mayResend(sale.requestId)) return;
    await context.ledger.outbox.enqueue([sentAgain(context, sale, result, message)]);
  };
}

function isDueToCustomer({ work, money, exchange }: Sale): boolean {
  const isDelivered = work === 'delivered' || work === 'closed';
  return isDelivered && (exchange === 'free' || PAID.has(money));
}

/** After a restart every message comes again, those that were answered long ago as well. */
async function isAnswered(
  context: ProviderContext,
  result: NostrEvent,
  message: ResendRequest,
): Promise<boolean> {
  const row = await context.ledger.outbox.get(result.id);
  if (row === null) return false;
  return row.state === 'due' || row.enqueuedAt > message.createdAt + CLOCK_SKEW_SECONDS;
}

/** To our relays and those of the request, and to where the customer listens by now. */
function sentAgain(
  context: ProviderContext,
  sale: Sale,
  result: NostrEvent,
  { relays }: ResendRequest,
): OutgoingEvent {
  const request = parseJobRequest(sale.request);
  const asked = request.ok ? request.value.relays : [];
  const where = answerRelays(context, [...new Set([...relays, ...asked])]);
  return { event: result, ...where, expiresAt: context.now() + WORTH_SECONDS };
}
