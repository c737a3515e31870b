import { failure, type Outcome } from '../../protocol/index.ts';
import type { CustomerContext, Run } from '../run.ts';
import type { Aftercare } from './contract.ts';
import { disputePurchase } from './dispute.ts';
import { resendResult } from './resend.ts';
import { reviewPurchase } from './review.ts';

/** Aftercare for the purchases that `follow` finds: a run of an own purchase, `null` when there is none. */
export function createAftercare(
  context: CustomerContext,
  follow: (requestId: string) => Promise<Run | null>,
): Aftercare {
  const withRun = async <Value, Code extends string>(
    requestId: string,
    task: (run: Run) => Promise<Outcome<Value, Code>>,
  ): Promise<Outcome<Value, Code | 'not-found' | 'closed'>> => {
    if (context.signal.aborted) return failure('closed', 'This customer was closed.');
    const run = await follow(requestId);
    return run === null ? failure('not-found', 'This key has no purchase of that request.') : task(run);
  };
  return {
    review: (requestId, judgement) =>
      withRun(requestId, (run) => betweenSteps(run, () => reviewPurchase(context, run, judgement))),
    dispute: (requestId, { reason }) =>
      withRun(requestId, async (run) => {
        await run.caughtUp; // whether the provider gave up is not in the books
        return betweenSteps(run, () => disputePurchase(context, run, reason));
      }),
    resend: (requestId, options = {}) => withRun(requestId, (run) => resendResult(context, run, options)),
  };
}

/** Runs a task between the steps of a purchase, and lets it look at itself afterwards. */
async function betweenSteps<Value>(run: Run, task: () => Promise<Value>): Promise<Value> {
  const done = await run.stepper.exclusive(task);
  run.stepper.poke();
  return done;
}
