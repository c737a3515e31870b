import type { MoneyState, OutgoingEvent, Sale } from '../../ledger/index.ts';
import { wrapFor } from '../../keys/index.ts';
import {
  orThrow,
  parseJobRequest,
  wrapJobMessage,
  type JobMessage,
  type NostrEvent,
} from '../../protocol/index.ts';
import { answerRelays, type ProviderContext } from '../context.ts';
import { storeAgain } from '../output/product.ts';

/** A customer asks for a result that it has not got. */
type ResendRequest = Extract<JobMessage, { readonly type: 'resend' }>;

/** Why a result is not sent again. */
type Refusal = 'not-delivered' | 'not-paid' | 'too-soon';

/**
 * How often a result is sent again, or refused: once for each sale in that time, so often for one customer, and for all
 * together; who paid and who did not have so much each.
 */
const PAUSE_SECONDS = 30;
const PER_CUSTOMER = 10;
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
 * of the request is served, only what was delivered, and paid where it had a price, and is told in private where it is
 * not; whoever else asks hears nothing.
 */
export function createResendDesk(context: ProviderContext): (message: ResendRequest) => Promise<void> {
  const pauses = () => ({ paid: oncePerPause(context), unpaid: oncePerPause(context) });
  const [maySend, mayRefuse] = [pauses(), pauses()];

  const refuse = async (sale: Sale, message: ResendRequest, reason: Refusal): Promise<void> => {
    const isOld = context.now() - message.createdAt > CLOCK_SKEW_SECONDS; // was answered in an earlier life
    if (!isOld && mayRefuse[sideOf(sale)](sale))
      await context.ledger.outbox.enqueue([await refusal(context, sale, message, reason)]);
  };

  return async (message) => {
    const sale = await context.ledger.sales.get(context.signer.pubkey, message.requestId);
    if (sale?.customerPubkey !== message.authorPubkey) return;
    const { result } = sale;
    if (result === null || !isDelivered(sale)) return refuse(sale, message, 'not-delivered');
    if (!isPaid(sale)) return refuse(sale, message, 'not-paid');
    if (await isAnswered(context, result, message)) return;
    if (!maySend[sideOf(sale)](sale)) return refuse(sale, message, 'too-soon');
    await storeAgain(context, sale);
    await context.ledger.outbox.enqueue([{ event: result, ...worthAnHour(context, sale, message) }]);
  };
}

function oncePerPause(context: ProviderContext): (sale: Sale) => boolean {
  const done = new Map<string, { readonly at: number; readonly customerPubkey: string }>();
  return ({ requestId, customerPubkey }) => {
    const now = context.now();
    let ofCustomer = 0;
    for (const [sale, earlier] of done)
      if (now - earlier.at >= PAUSE_SECONDS) done.delete(sale);
      else if (earlier.customerPubkey === customerPubkey) ofCustomer += 1;
    if (done.has(requestId) || ofCustomer >= PER_CUSTOMER || done.size >= MAX_PER_PAUSE) return false;
    done.set(requestId, { at: now, customerPubkey });
    return true;
  };
}

/** Work for nothing can be had by the hundred: what is done about it must not keep anybody waiting who paid. */
function sideOf({ money }: Sale): 'paid' | 'unpaid' {
  return PAID.has(money) ? 'paid' : 'unpaid';
}

function isDelivered({ work }: Sale): boolean {
  return work === 'delivered' || work === 'closed';
}

function isPaid({ money, exchange }: Sale): boolean {
  return exchange === 'free' || PAID.has(money);
}

/** Says in private why the result does not come. */
async function refusal(
  context: ProviderContext,
  sale: Sale,
  message: ResendRequest,
  reason: Refusal,
): Promise<OutgoingEvent> {
  const createdAt = context.now();
  const body = { type: 'resend-refused', reason, about: message.id } as const;
  const draft = { ...body, requestId: sale.requestId, text: '', createdAt };
  const wrap = await wrapJobMessage(draft, wrapFor(sale.customerPubkey, context.signer, createdAt));
  return { event: orThrow(wrap), ...worthAnHour(context, sale, message) };
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
function worthAnHour(
  context: ProviderContext,
  sale: Sale,
  { relays }: ResendRequest,
): Omit<OutgoingEvent, 'event'> {
  const request = parseJobRequest(sale.request);
  const asked = request.ok ? request.value.relays : [];
  const where = answerRelays(context, [...new Set([...relays, ...asked])]);
  return { ...where, expiresAt: context.now() + WORTH_SECONDS };
}
