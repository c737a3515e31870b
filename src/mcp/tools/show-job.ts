import type { CallToolResult } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Purchase } from '../../ledger/index.ts';
import { FOLLOW_UP_STEPS } from '../../protocol/index.ts';
import { toSats } from '../agent-budget.ts';
import { isAgentJob } from '../agent-jobs.ts';
import { JobView, viewJob } from '../job-view.ts';
import type { Shop } from '../shop.ts';
import { toolFailure, type ToolFailure } from '../tool-answer.ts';
import { pageOf, ResultPage, shorten } from '../untrusted-text.ts';
import { FileView, showFile } from './result-file.ts';
import { QuotesView, viewQuotes, viewRefusals } from './quote-view.ts';

/** The form of a job's id, in input schemas. */
export const JobId = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .describe('The job_id that get_quote or buy returned.');

/** One step of a job whose offer promised more than the job itself. */
const StepView = z.object({
  step: z.enum(FOLLOW_UP_STEPS),
  number: z.number().int().describe('Milestone 1 is the job itself.'),
  sats: z.number().describe('As agreed.'),
  untrusted_title: z.string().nullable(),
  job_id: z.string().nullable().describe('The job that it became; null while it was not asked for.'),
  done: z.boolean(),
  is_next: z.boolean().describe('continue_job asks for it.'),
});

/** A job with the offers that could be bought for it, or the steps that were agreed with the one that was. */
export const JobWithQuotes = JobView.extend(QuotesView.shape).extend({
  steps: z.array(StepView).nullable().describe('null where nothing was agreed besides the job.'),
});

/** This key's purchase of a job, if agents may touch it; `null` when there is none. */
export async function findPurchase({ customer }: Shop, jobId: string): Promise<Purchase | null> {
  const purchase = await customer.get(jobId);
  return purchase?.customerPubkey === customer.pubkey && isAgentJob(purchase) ? purchase : null;
}

/** What a tool says of a job that this key does not have. */
export function jobUnknown(jobId: string): ToolFailure {
  return {
    code: 'job_unknown',
    message: 'Agents have no such job here.',
    next: 'Check the job_id; get_quote begins a new job.',
    data: { job_id: jobId },
  };
}

/** A job as it stands, and its offers as long as one can be bought. */
export async function showJob(shop: Shop, purchase: Purchase): Promise<z.infer<typeof JobWithQuotes>> {
  const { requestId } = purchase;
  const quotes = purchase.state === 'requested' ? await showQuotes(shop, requestId) : NO_QUOTES;
  const steps = await showSteps(shop, requestId);
  return { ...(await showBareJob(shop, purchase, quotes.quotes.length)), ...quotes, steps };
}

async function showSteps(
  { customer }: Shop,
  requestId: string,
): Promise<z.infer<typeof JobWithQuotes>['steps']> {
  const steps = await customer.steps(requestId);
  if (steps === null) return null;
  return [...steps.milestones, ...steps.revisions].map(
    ({ step, number, amountMsat, title, purchase, isNext }) => ({
      step,
      number,
      sats: toSats(amountMsat),
      untrusted_title: title === null ? null : shorten(title, MAX_TITLE_CHARS),
      job_id: purchase?.requestId ?? null,
      done: purchase?.state === 'received' || purchase?.state === 'reviewed',
      is_next: isNext,
    }),
  );
}

const MAX_TITLE_CHARS = 100;

/** A job without its offers. */
export async function showBareJob({ ledger }: Shop, purchase: Purchase, quotes = 0): Promise<JobView> {
  return viewJob(purchase, await ledger.purchases.payments(purchase.requestId), quotes);
}

const NO_QUOTES: QuotesView = { quotes: [], recommended: null, why: [], refused: [], declined: [] };

async function showQuotes(
  { customer, directory, jobs, blocked }: Shop,
  requestId: string,
): Promise<QuotesView> {
  const comparison = await customer.comparison(requestId);
  if (comparison === null) return NO_QUOTES;
  const providers = comparison.offers.map(({ providerPubkey }) => providerPubkey);
  const declined = viewRefusals(jobs.refusals(requestId));
  return { ...viewQuotes(comparison, { records: directory.records(providers), blocked }), declined };
}

/** A part of a result, and the file that it consists of where it is one that is not text. */
export const ResultPart = ResultPage.extend({ file: FileView.nullable() });

/** A part of a result as tools tell of it, and the contents that hand over its file: with the first part. */
export interface ReadPart {
  readonly part: z.infer<typeof ResultPart>;
  readonly blocks: CallToolResult['content'];
}

/** A part of the result of a job that is done, or why it cannot be read. */
export async function readResult(
  { customer }: Pick<Shop, 'customer'>,
  { requestId }: Pick<Purchase, 'requestId'>,
  place: { readonly offset: number; readonly chars: number },
): Promise<ReadPart | { readonly unreadable: ToolFailure }> {
  const found = await customer.resend(requestId);
  if (found.ok) {
    const { content, file } = found.value;
    const isText = file === null || (content !== '' && !content.includes(file.url));
    const shown = isText || place.offset > 0 ? null : showFile(file);
    return {
      part: { ...pageOf(content, place), file: shown?.view ?? null },
      blocks: shown?.blocks ?? [],
    };
  }
  const next = 'The result is in the books but cannot be read; tell the person.';
  return { unreadable: toolFailure(found.failure, next) };
}
