import type { CallToolResult, ServerContext } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Purchase } from '../../ledger/index.ts';
import { toSats } from '../agent-budget.ts';
import type { Approval } from '../approvals/approvals.ts';
import { JobView } from '../job-view.ts';
import type { Shop } from '../shop.ts';
import { answer, failed, type toolFailure, type ToolFailure } from '../tool-answer.ts';
import { markUntrusted, PAGE_CHARS } from '../untrusted-text.ts';
import { showLeft } from './budget.ts';
import { findPurchase, jobUnknown, readResult, ResultPart, showBareJob } from './show-job.ts';
import { progressTeller } from './waiting.ts';

/** What a tool says of a job that it has just bought, or went on with. */
export const BoughtJob = JobView.extend({
  status: z.enum([...JobView.shape.status.options, 'approval_required']),
  repeated: z.boolean().describe('It had been bought before; nothing new was paid.'),
  approval: z
    .object({ id: z.string(), url: z.string().nullable(), how: z.string(), expires_at: z.number().int() })
    .nullable()
    .describe('What a person must do before the purchase can go on; nothing is paid until then.'),
  result: ResultPart.nullable().describe('The beginning of the result, when it is here.'),
});

/** What the agent shows to the person; nothing has happened yet. */
export async function approvalNeeded(
  shop: Shop,
  purchase: Purchase,
  { approval: asked, tool }: { readonly approval: Approval; readonly tool: string },
): Promise<z.infer<typeof BoughtJob>> {
  return {
    ...(await showBareJob(shop, purchase)),
    status: 'approval_required',
    sats: toSats(asked.amountMsat),
    next: `Show this to the person. When it is approved, call ${tool} again with the same arguments.`,
    repeated: false,
    approval: { id: asked.id, ...shop.desk.invite(asked), expires_at: asked.expiresAt },
    result: null,
  };
}

/** Waits for the work as long as the agent does; the payment goes on by itself whatever becomes of the wait. */
export async function followBought(
  shop: Shop,
  purchase: Purchase,
  { wait_seconds }: { readonly wait_seconds: number },
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
  const shown = { ...job, repeated, approval: null, result: null } satisfies z.infer<typeof BoughtJob>;
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

/** A cap stands in the way. */
export async function overBudget(
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

/** The person said no. */
export const DENIED: ToolFailure = {
  code: 'approval_denied',
  message: 'The person did not approve this purchase. Nothing was paid.',
  next: 'Do not ask again for the same; look for a cheaper quote, or ask the person what to do.',
};
