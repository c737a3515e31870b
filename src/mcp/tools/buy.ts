import type { CallToolResult, InputRequiredResult, ServerContext } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { ComparedOffer } from '../../customer/index.ts';
import type { Purchase } from '../../ledger/index.ts';
import { failure, formatSats, satsToMsat, success, type Outcome } from '../../protocol/index.ts';
import type { Shop } from '../shop.ts';
import { answer, failed, toolFailure, type ToolFailure } from '../tool-answer.ts';
import { askPerson, type Till } from './ask-person.ts';
import { approvalNeeded, BoughtJob, DENIED, followBought, overBudget } from './bought-job.ts';
import { findOffer } from './find-offer.ts';
import { QUOTE_ID, readQuoteId } from './quote-view.ts';
import { findPurchase, showBareJob } from './show-job.ts';

const Input = z.object({
  quote_id: z.string().regex(QUOTE_ID).describe('From get_quote or job_status.'),
  max_sats: z
    .number()
    .int()
    .nonnegative()
    .describe('The most that you agree to pay; the purchase fails if the quote asks for more.'),
  idempotency_key: z
    .string()
    .min(1)
    .max(200)
    .describe(
      'Names this purchase for good. After a timeout or an unclear answer call again with the same key: it is the same purchase and is never paid twice. Use a new key for each new purchase.',
    ),
  wait_seconds: z
    .number()
    .int()
    .min(0)
    .max(300)
    .default(25)
    .describe('How long to wait for the result; then the status is working, and job_status goes on.'),
});
type Input = z.infer<typeof Input>;

/** Adds `buy`: takes an offer, pays it within the caps, and waits for the work. */
export function addBuy(till: Till): void {
  const { server } = till;
  server.registerTool(
    'buy',
    {
      title: 'Buy a job',
      description:
        'Buys the work of one quote with real money, within the caps of the server. Returns the result, or status working with a job_id when it takes longer. It pays at most once for an idempotency_key and for a job, whatever is repeated. Above a price set by the operator it returns approval_required: show the person what to do, then call again with the same arguments.',
      inputSchema: Input,
      outputSchema: BoughtJob,
      annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: true },
    },
    (args, context) => buy(till, args, context),
  );
}

async function buy(
  till: Till,
  args: Input,
  context: ServerContext,
): Promise<CallToolResult | InputRequiredResult> {
  const { shop } = till;
  const quote = readQuoteId(args.quote_id);
  if (quote === null) return failed(quoteUnknown());
  const before = await shop.customer.byIdempotencyKey(args.idempotency_key);
  if (before !== null)
    return isOfQuote(before, quote)
      ? followBought(shop, before, args, context, { repeated: true })
      : failed(keyUsed(before.requestId));
  const purchase = await findPurchase(shop, quote.requestId);
  if (purchase === null) return failed(quoteUnknown());
  if (purchase.state !== 'requested') return failed(await notForSale(shop, purchase));
  const found = await findOffer(shop, quote, context.mcpReq.signal);
  if (!found.ok)
    return failed(toolFailure(found.failure, 'Look for other quotes with job_status, or call get_quote.'));
  return take(till, { purchase, offer: found.value }, args, context);
}

/** Weighs the price, asks the person where that is needed, and approves the offer. */
async function take(
  till: Till,
  { purchase, offer }: { readonly purchase: Purchase; readonly offer: ComparedOffer },
  args: Input,
  context: ServerContext,
): Promise<CallToolResult | InputRequiredResult> {
  const { shop } = till;
  const { amountMsat } = offer;
  const { approveAboveMsat } = shop.budget.caps;
  if (amountMsat > satsToMsat(args.max_sats))
    return failed({
      code: 'above_max',
      message: `The quote asks for ${formatSats(amountMsat)}, more than max_sats.`,
      next: 'Raise max_sats if that is agreed to, or choose another quote. Nothing was paid.',
    });
  const affordable = await shop.budget.check(amountMsat);
  if (!affordable.ok) return failed(await overBudget(shop, affordable.failure));
  if (approveAboveMsat !== null && amountMsat > approveAboveMsat) {
    const asked = await askPerson(
      till,
      { purchase, offer, quoteId: args.quote_id, expiresAt: purchase.deadlineAt },
      context,
    );
    if (!asked.ok) return failed(toolFailure(asked.failure, 'Have the person answer open approvals first.'));
    if (asked.value.type === 'ask-client') return asked.value.question;
    if (asked.value.type === 'denied') return failed(DENIED);
    if (asked.value.type === 'wait')
      return answer(await approvalNeeded(shop, purchase, { approval: asked.value.approval, tool: 'buy' }));
  }
  const key = args.idempotency_key;
  const approved = await shop.budget.spend(purchase, amountMsat, () => approve(shop, purchase, offer, key));
  if (!approved.ok) return failed(await notApproved(shop, purchase, approved.failure));
  return followBought(shop, purchase, args, context, approved.value);
}

/**
 * Approves an offer unless a call that overlapped was quicker: under the same key it was the same purchase, under
 * another the quote is gone.
 */
async function approve(
  { customer }: Shop,
  { requestId }: Purchase,
  { id: offerId, amountMsat }: ComparedOffer,
  idempotencyKey: string,
): Promise<Outcome<{ readonly repeated: boolean }>> {
  const before = await customer.byIdempotencyKey(idempotencyKey);
  if (before !== null && !isOfQuote(before, { requestId, offerId }))
    return failure('key-used', 'The key names another purchase.', { requestId: before.requestId });
  if (before === null && (await customer.get(requestId))?.state !== 'requested')
    return failure('quote-used', 'Another call was quicker. Nothing was paid for this one.');
  const approved = await customer.approve(requestId, {
    offerId,
    maxAmountMsat: amountMsat,
    idempotencyKey,
  });
  return approved.ok ? success({ repeated: before !== null }) : approved;
}

/** Whether a purchase is that of a quote: of its request, and of its offer where one was taken. */
function isOfQuote(
  { requestId, approved, offer }: Purchase,
  quote: { readonly requestId: string; readonly offerId: string },
): boolean {
  const taken = approved?.offerId ?? offer?.event.id ?? quote.offerId;
  return requestId === quote.requestId && taken === quote.offerId;
}

async function notForSale(shop: Shop, purchase: Purchase): Promise<ToolFailure> {
  const job = await showBareJob(shop, purchase);
  return {
    code: 'quote_used',
    message: 'The job of this quote was bought under another key, or has ended; nothing was paid now.',
    next: job.next,
    possiblySpent: job.possibly_spent,
    data: { job },
  };
}

/** The approval lost a race against another call, or the offer changed since it was seen. */
async function notApproved(
  shop: Shop,
  { requestId }: Purchase,
  reason: Parameters<typeof toolFailure>[0],
): Promise<ToolFailure> {
  if (reason.code === 'over-budget') return overBudget(shop, reason);
  const used = reason.data?.['requestId'];
  if (reason.code === 'key-used' && typeof used === 'string') return keyUsed(used);
  const now = await findPurchase(shop, requestId);
  if (now !== null && now.state !== 'requested') return notForSale(shop, now);
  return toolFailure(reason, 'Nothing was paid. Look for other quotes with job_status, or call get_quote.');
}

function keyUsed(jobId: string): ToolFailure {
  return {
    code: 'key_used',
    message: 'This idempotency_key named another purchase or quote before; nothing was paid now.',
    next: 'If that is the purchase you meant, call job_status with its job_id; else use a new key.',
    data: { job_id: jobId },
  };
}

function quoteUnknown(): ToolFailure {
  return {
    code: 'quote_unknown',
    message: 'There is no such quote.',
    next: 'Call get_quote, and give buy a quote_id just as it was returned.',
  };
}
