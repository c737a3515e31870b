import type { CallToolResult, InputRequiredResult, ServerContext } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { unixNow } from '../../clock/index.ts';
import { nextStepOf, type JobStep, type PurchaseHandle } from '../../customer/index.ts';
import type { Purchase } from '../../ledger/index.ts';
import { feeLimitOf } from '../../money/index.ts';
import {
  addMsat,
  EXCHANGE_RISKS,
  FOLLOW_UP_STEPS,
  formatSats,
  satsToMsat,
  success,
  type Outcome,
} from '../../protocol/index.ts';
import { answer, failed, toolFailure, type ToolFailure } from '../tool-answer.ts';
import { askPerson, type Till } from './ask-person.ts';
import { approvalNeeded, BoughtJob, DENIED, followBought, overBudget } from './bought-job.ts';
import { findPurchase, JobId, jobUnknown } from './show-job.ts';

const Input = z.object({
  job_id: JobId,
  step: z
    .enum(FOLLOW_UP_STEPS)
    .describe(
      'milestone: the next step of the plan, at its agreed price. revision: the work done over, for nothing.',
    ),
  text: z
    .string()
    .max(20_000)
    .default('')
    .describe('What the provider should know; a revision needs to say what is to be different.'),
  max_sats: z
    .number()
    .int()
    .nonnegative()
    .describe('The most that you agree to pay; the agreed price is paid.'),
  wait_seconds: z.number().int().min(0).max(300).default(25).describe('How long to wait for the result.'),
});
type Input = z.infer<typeof Input>;

/** How long a person has to agree to a step; what was agreed with the provider stands. */
const AGREES_SECONDS = 86_400;

/** Adds `continue_job`: asks for the next step of a bought job, as its offer promised it. */
export function addContinueJob(till: Till): void {
  till.server.registerTool(
    'continue_job',
    {
      title: 'Go on with a job',
      description:
        'Asks for the next milestone or revision that the offer of a bought job promised (its steps are in job_status), and pays the agreed price within the caps of the server. The step is a job of its own, with its own job_id. Called again while it is under way it is the same step, and never paid twice; once it is done, the call asks for the next.',
      inputSchema: Input,
      outputSchema: BoughtJob,
      annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
    },
    (args, context) => continueJob(till, args, context),
  );
}

async function continueJob(
  till: Till,
  args: Input,
  context: ServerContext,
): Promise<CallToolResult | InputRequiredResult> {
  const { customer } = till.shop;
  const purchase = await findPurchase(till.shop, args.job_id);
  if (purchase === null) return failed(jobUnknown(args.job_id));
  const steps = await customer.steps(args.job_id);
  const next = steps && nextStepOf(steps, args.step);
  if (!next) return failed(NOTHING_NEXT);
  if (next.amountMsat > satsToMsat(args.max_sats))
    return failed({
      code: 'above_max',
      message: `The step costs ${formatSats(next.amountMsat)}, as agreed: more than max_sats.`,
      next: 'Raise max_sats if that is agreed to. Nothing was paid.',
    });
  return next.isNext ? begin(till, { purchase, step: next }, args, context) : goOn(till, next, args, context);
}

/** Weighs the price, asks the person where that is needed, and asks for the step. */
async function begin(
  till: Till,
  { purchase, step }: { readonly purchase: Purchase; readonly step: JobStep },
  args: Input,
  context: ServerContext,
): Promise<CallToolResult | InputRequiredResult> {
  const { budget } = till.shop;
  const { amountMsat } = step;
  const affordable = await budget.check(amountMsat);
  if (!affordable.ok) return failed(await overBudget(till.shop, affordable.failure));
  const { approveAboveMsat } = budget.caps;
  if (approveAboveMsat !== null && amountMsat > approveAboveMsat) {
    const asked = await askPerson(till, wishOf(purchase, step), context);
    if (!asked.ok) return failed(toolFailure(asked.failure, 'Have the person answer open approvals first.'));
    if (asked.value.type === 'ask-client') return asked.value.question;
    if (asked.value.type === 'denied') return failed(DENIED);
    if (asked.value.type === 'wait')
      return answer(
        await approvalNeeded(till.shop, purchase, { approval: asked.value.approval, tool: 'continue_job' }),
      );
  }
  const begun = await budget.begin(amountMsat, () => ask(till, purchase, step, args));
  if (begun.ok) return follow(till, begun.value, args, context, false);
  if (begun.failure.code === 'over-budget') return failed(await overBudget(till.shop, begun.failure));
  return failed(toolFailure(begun.failure, 'Nothing was paid. See job_status for the steps of the job.'));
}

/** A step that is under way is only waited for. */
async function goOn(
  till: Till,
  { purchase }: JobStep,
  args: Input,
  context: ServerContext,
): Promise<CallToolResult> {
  const { requestId = '' } = purchase ?? {};
  return follow(till, { requestId }, args, context, true);
}

async function follow(
  { shop }: Till,
  { requestId }: Pick<PurchaseHandle, 'requestId'>,
  args: Input,
  context: ServerContext,
  repeated: boolean,
): Promise<CallToolResult> {
  const purchase = await findPurchase(shop, requestId);
  return purchase === null
    ? failed(jobUnknown(requestId))
    : followBought(shop, purchase, args, context, { repeated });
}

async function ask(
  { shop: { customer, jobs } }: Till,
  { requestId }: Purchase,
  { step, number }: JobStep,
  { text }: Input,
): Promise<Outcome<PurchaseHandle>> {
  const asked = await customer.continueJob(requestId, { step, number, ...(text === '' ? {} : { text }) });
  if (!asked.ok) return asked;
  jobs.follow(asked.value);
  return success(asked.value);
}

/** What the person is asked: the step, as it was agreed with the offer of the job. */
function wishOf(purchase: Purchase, { step, number, amountMsat }: JobStep): Parameters<typeof askPerson>[1] {
  const exchange = purchase.offer?.exchange ?? 'prepay';
  const offer = {
    amountMsat,
    totalMsat: addMsat(amountMsat, feeLimitOf(amountMsat)),
    exchange,
    providerPubkey: purchase.offer?.providerPubkey ?? '',
    exposure: EXCHANGE_RISKS[exchange],
  };
  const quoteId = `${purchase.requestId}:${step}:${number}`;
  return { purchase, offer, quoteId, expiresAt: unixNow() + AGREES_SECONDS };
}

const NOTHING_NEXT: ToolFailure = {
  code: 'step_not_agreed',
  message:
    'The offer of this job promises no such step, none is left, or what comes before it is not delivered yet.',
  next: 'See the steps in job_status. For other work call get_quote.',
};
