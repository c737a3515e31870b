import type {
  CallToolResult,
  InputRequiredResult,
  McpServer,
  RequestStateCodec,
  ServerContext,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { ComparedOffer } from '../../customer/index.ts';
import type { Purchase } from '../../ledger/index.ts';
import { failure, formatSats, satsToMsat, success, type Outcome } from '../../protocol/index.ts';
import { toSats } from '../agent-budget.ts';
import type { Approval } from '../approvals/approvals.ts';
import { JobView } from '../job-view.ts';
import type { Shop } from '../shop.ts';
import { answer, failed, toolFailure, type ToolFailure } from '../tool-answer.ts';
import { markUntrusted, PAGE_CHARS } from '../untrusted-text.ts';
import { askPerson, type AskedQuestion } from './ask-person.ts';
import { showLeft } from './budget.ts';
import { findOffer } from './find-offer.ts';
import { QUOTE_ID, readQuoteId } from './quote-view.ts';
import { findPurchase, jobUnknown, readResult, ResultPart, showBareJob } from './show-job.ts';
import { progressTeller } from './waiting.ts';

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

const Output = JobView.extend({
  status: z.enum([...JobView.shape.status.options, 'approval_required']),
  repeated: z.boolean().describe('This key had bought the job before; nothing new was paid.'),
  approval: z
    .object({ id: z.string(), url: z.string().nullable(), how: z.string(), expires_at: z.number().int() })
    .nullable()
    .describe('What a person must do before the purchase can go on; nothing is paid until then.'),
  result: ResultPart.nullable().describe('The beginning of the result, when it is here.'),
});

/** Adds `buy`: takes an offer, pays it within the caps, and waits for the work. */
export function addBuy(server: McpServer, shop: Shop, states: RequestStateCodec<AskedQuestion>): void {
  server.registerTool(
    'buy',
    {
      title: 'Buy a job',
      description:
        'Buys the work of one quote with real money, within the caps of the server. Returns the result, or status working with a job_id when it takes longer. It pays at most once for an idempotency_key and for a job, whatever is repeated. Above a price set by the operator it returns approval_required: show the person what to do, then call again with the same arguments.',
      inputSchema: Input,
      outputSchema: Output,
      annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: true },
    },
    (args, context) => buy({ server, shop, states }, args, context),
  );
}

/** What `buy` works with. */
interface Till {
  readonly server: McpServer;
  readonly shop: Shop;
  readonly states: RequestStateCodec<AskedQuestion>;
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
      ? follow(shop, before, args, context, { repeated: true })
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
    const asked = await askPerson(till, { purchase, offer, quoteId: args.quote_id }, context);
    if (!asked.ok) return failed(toolFailure(asked.failure, 'Have the person answer open approvals first.'));
    if (asked.value.type === 'ask-client') return asked.value.question;
    if (asked.value.type === 'denied') return failed(DENIED);
    if (asked.value.type === 'wait')
      return answer(await approvalNeeded(shop, purchase, asked.value.approval));
  }
  const key = args.idempotency_key;
  const approved = await shop.budget.spend(purchase, amountMsat, () => approve(shop, purchase, offer, key));
  if (!approved.ok) return failed(await notApproved(shop, purchase, approved.failure));
  return follow(shop, purchase, args, context, approved.value);
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

/** What the agent shows to the person; nothing has happened yet. */
async function approvalNeeded(
  shop: Shop,
  purchase: Purchase,
  asked: Approval,
): Promise<z.infer<typeof Output>> {
  return {
    ...(await showBareJob(shop, purchase)),
    status: 'approval_required',
    sats: toSats(asked.amountMsat),
    next: 'Show this to the person. When it is approved, call buy again with the same arguments.',
    repeated: false,
    approval: { id: asked.id, ...shop.desk.invite(asked), expires_at: asked.expiresAt },
    result: null,
  };
}

/** Waits for the work as long as the agent does; the payment goes on by itself whatever becomes of the wait. */
async function follow(
  shop: Shop,
  purchase: Purchase,
  { wait_seconds }: Input,
  context: ServerContext,
  { repeated }: { readonly repeated: boolean },
): Promise<CallToolResult> {
  const { requestId } = purchase;
  const tell = progressTeller(context);
  await shop.jobs.wait(requestId, {
    ms: wait_seconds * 1000,
    signal: context.mcpReq.signal,
    listen: (update) => {
      tell(update);
      return update.type === 'awaiting-approval'; // the offer came to nothing before it was paid
    },
  });
  const now = await findPurchase(shop, requestId);
  if (now === null) return failed(jobUnknown(requestId));
  const job = await showBareJob(shop, now);
  if (now.state === 'over-budget' && now.failure !== null) return failed(await overBudget(shop, now.failure));
  const shown = { ...job, repeated, approval: null, result: null } satisfies z.infer<typeof Output>;
  if (job.status !== 'done') return answer(shown);
  const read = await readResult(shop, now, { offset: 0, chars: PAGE_CHARS.usual });
  if ('unreadable' in read) return failed(read.unreadable);
  const next = read.part.next_offset === null ? job.next : 'Read on with get_result from next_offset.';
  const texts = [JSON.stringify({ ...shown, next }), markUntrusted(read.part.untrusted_content)];
  return {
    ...answer({ ...shown, next, result: read.part }),
    content: [...texts.map((text) => ({ type: 'text' as const, text })), ...read.blocks],
  };
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

async function overBudget(
  shop: Shop,
  { message, data }: Parameters<typeof toolFailure>[0],
): Promise<ToolFailure> {
  return {
    code: 'over_budget',
    message: `${message} Nothing was paid.`,
    next: 'Choose a cheaper quote, or tell the person which cap stands in the way; it cannot be raised from here.',
    data: { left: await showLeft(shop.budget), ...(data ? { details: data } : {}) },
  };
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

const DENIED: ToolFailure = {
  code: 'approval_denied',
  message: 'The person did not approve this purchase. Nothing was paid.',
  next: 'Do not ask again for the same; look for a cheaper quote, or ask the person what to do.',
};
