import {
  decryptContent,
  EXCHANGE_RISKS,
  EXPOSURES,
  failure,
  orThrow,
  parseJobRequest,
  success,
  type ExchangeMode,
  type FollowUp,
  type JobRequest,
  type Outcome,
} from '../../protocol/index.ts';
import type { ChosenOffer, Purchase } from '../../ledger/index.ts';
import { isPossible, type FollowUpWish } from '../request.ts';
import type { CustomerContext } from '../run.ts';
import { SUPPORTED_EXCHANGES, type SupportedExchange, type Wish } from '../wish.ts';
import { findPlannedJob, type PlannedJob } from './bought-plan.ts';
import type { ContinueFailureCode, JobStep, JobSteps, StepWish } from './contract.ts';
import { isReceived, latestAttempt, readSteps } from './job-steps.ts';

const MAX_CHARS = 20_000;

/**
 * The wish for a further step of a job, at exactly the agreed price, and the key that names it: one for each attempt, so
 * that whoever asks again after a crash finds what it began. Fails with the codes of `ContinueFailureCode` that are not
 * of wishes, or `invalid-wish` for a text that is missing or too long.
 */
export async function wishForStep(
  context: CustomerContext,
  requestId: string,
  wanted: StepWish,
): Promise<Outcome<FollowUpWish, ContinueFailureCode>> {
  const known = await context.ledger.purchases.get(requestId);
  if (known?.customerPubkey !== context.signer.pubkey) return NOT_FOUND;
  const flaw = textFlaw(wanted);
  if (flaw !== null) return flaw;
  const job = await findPlannedJob(context, requestId);
  const steps = job && (await readSteps(context, job));
  const step = steps && stepOf(steps, wanted);
  if (job === null || steps === null || !step) return NOT_AGREED;
  const isBegun = step.purchase !== null && !step.isNext;
  if (!isBegun && !step.isNext) return TOO_EARLY;
  const { key } = await latestAttempt(context, job, wanted.step, wanted.number);
  const request = await readRequest(context, job);
  const text = wanted.text ?? '';
  const followUp: FollowUp = {
    requestId: job.first.requestId,
    offerId: job.offer.event.id,
    step: wanted.step,
    number: wanted.number,
  };
  return success({
    ...sameAs(request),
    followUp,
    idempotencyKey: key,
    inputs: [latestResult(job, steps), ...(text.trim() === '' ? [] : [text])],
    maxAmountMsat: step.amountMsat,
    deadlineSeconds: wanted.deadlineSeconds ?? job.first.deadlineAt - request.createdAt,
    targets: [job.offer.providerPubkey],
    exchanges: exchangesFor(context, request, job.offer, step),
    ...(job.first.madeBy === undefined ? {} : { madeBy: job.first.madeBy }),
  });
}

function textFlaw({ step, text }: StepWish): ReturnType<typeof invalidText> | null {
  if (step === 'revision' && (text ?? '').trim() === '')
    return invalidText('must say what is to be different');
  return (text ?? '').length > MAX_CHARS ? invalidText(`must be at most ${MAX_CHARS} characters`) : null;
}

function invalidText(wants: string) {
  return failure('invalid-wish', `The text of the step ${wants}.`, { field: 'text', wants });
}

/** The first milestone is the job itself, which nothing can be before. */
function stepOf({ milestones, revisions }: JobSteps, { step, number }: StepWish): JobStep | undefined {
  const among = step === 'revision' ? revisions : milestones.slice(1);
  return among.find((each) => each.number === number);
}

/** The request of the first step as we wrote it. */
async function readRequest(
  { signer }: Pick<CustomerContext, 'signer'>,
  { request, offer }: PlannedJob,
): Promise<JobRequest> {
  if (!request.encrypted) return request;
  const inner = orThrow(await decryptContent(request.event, offer.providerPubkey, signer));
  return orThrow(parseJobRequest(request.event, inner));
}

function sameAs({
  kind,
  params,
  outputs,
  encrypted,
}: JobRequest): Pick<Wish, 'kind' | 'params' | 'outputs' | 'encrypted'> {
  return { kind, params: Object.fromEntries(params), outputs, ...(encrypted ? { encrypted } : {}) };
}

/** What the next step builds on: of all that was delivered the latest; of one second, what stands later in the plan. */
function latestResult({ first }: PlannedJob, { milestones, revisions }: JobSteps): Wish['inputs'][number] {
  const done = [...milestones, ...revisions].flatMap(({ purchase }) =>
    isReceived(purchase) ? (purchase ?? []) : [],
  );
  const latest = done.reduce<Purchase>((last, each) => (each.openedAt >= last.openedAt ? each : last), first);
  const [relay] = latest.relays;
  return { type: 'job', data: latest.result?.id ?? '', ...(relay === undefined ? {} : { relay }) };
}

/**
 * As the first step was paid, or where that is as safe: nobody looks at the offer for this one before it is paid. What
 * costs nothing is not paid at all.
 */
function exchangesFor(
  context: CustomerContext,
  { exchanges }: JobRequest,
  { exchange: agreed }: ChosenOffer,
  { amountMsat }: JobStep,
): readonly SupportedExchange[] {
  if (amountMsat === 0n) return ['free'];
  const paid = SUPPORTED_EXCHANGES.filter((mode) => mode !== 'free');
  const asSafe = paid.filter((mode) => agreed === 'free' || exposureOf(mode) <= exposureOf(agreed));
  const possible = asSafe.filter((mode) => isPossible(context, mode));
  const asBefore = exchanges.flatMap((mode) => possible.find((each) => each === mode) ?? []);
  if (asBefore.length > 0) return asBefore;
  return possible.length > 0 ? possible : asSafe; // why it is not possible is said of the wish
}

/** How far the money is exposed, from the safest on. */
function exposureOf(mode: ExchangeMode): number {
  return EXPOSURES.indexOf(EXCHANGE_RISKS[mode].exposure);
}

const NOT_FOUND = failure('not-found', 'This key has no purchase of that request.');
const NOT_AGREED = failure(
  'step-not-agreed',
  'The offer that was taken promises no such milestone or revision.',
);
const TOO_EARLY = failure('step-too-early', 'What comes before it is not delivered yet.');
