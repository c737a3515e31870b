import { pause } from '../clock/index.ts';
import type { Sale } from '../ledger/index.ts';
import type { JobRequest } from '../protocol/index.ts';
import type { ProviderContext } from './context.ts';
import {
  JobFailure,
  type JobContext,
  type JobOutput,
  type JobProgress,
  type ResolvedInput,
  type Service,
} from './handler.ts';
import { resolveInputs } from './inputs.ts';
import { fetchPaidFor } from './paid-fetch.ts';
import { createProgressTeller, type ProgressTeller } from './progress.ts';

/** Before the next try; it doubles with each. */
const RETRY_AFTER_SECONDS = 2;
const LONGEST_RETRY_SECONDS = 60;

/**
 * Runs the handler of a job to its end, under the same idempotency key again when it says that this may help and the
 * service allows it. Throws what the last try threw, or the signal's reason.
 */
export async function runHandler(
  context: ProviderContext,
  sale: Sale,
  job: { readonly request: JobRequest; readonly service: Service },
  signal: AbortSignal,
): Promise<JobOutput | string> {
  const { attempts = 1, retryAfterSeconds = RETRY_AFTER_SECONDS } = job.service;
  const inputs = await untilAborted(resolveInputs(context, job, signal), signal);
  const jobContext = contextOf(context, sale, job, inputs, signal);
  const progress = createProgressTeller(context, { ...job, sale }, signal);
  try {
    for (let attempt = 1; ; attempt++) {
      try {
        return await tryOnce(context, job.service, jobContext, progress);
      } catch (error) {
        const isWorthIt = error instanceof JobFailure && error.retryable && attempt < attempts;
        if (!isWorthIt || signal.aborted) throw error;
      }
      await pause(Math.min(retryAfterSeconds * 2 ** (attempt - 1), LONGEST_RETRY_SECONDS) * 1000, signal);
      signal.throwIfAborted();
    }
  } finally {
    progress.stop();
  }
}

function contextOf(
  context: ProviderContext,
  { requestId }: Sale,
  { request, service }: { readonly request: JobRequest; readonly service: Service },
  inputs: readonly ResolvedInput[],
  signal: AbortSignal,
): JobContext {
  return {
    request,
    inputs,
    get text() {
      return inputs[0]?.text ?? '';
    },
    params: request.params,
    outputs: request.outputs,
    signal,
    idempotencyKey: requestId,
    fetchPaid: fetchPaidFor(context.paidFetch, { requestId, spendUpToMsat: service.spendUpToMsat }, signal),
  };
}

async function tryOnce(
  context: ProviderContext,
  service: Service,
  job: JobContext,
  progress: ProgressTeller,
): Promise<JobOutput | string> {
  context.checkpoint('provider:before-work');
  const running = service.handler(job);
  const output =
    Symbol.asyncIterator in running
      ? await drain(running, progress, job.signal)
      : await untilAborted(running, job.signal);
  context.checkpoint('provider:after-work');
  return output;
}

/** After so many steps a generator that never waits for anything lets the rest of the process run. */
const STEPS_IN_A_ROW = 100;

/** Follows a generator to its return value and tells what it yields. */
async function drain(
  running: AsyncGenerator<JobProgress, JobOutput | string>,
  progress: ProgressTeller,
  signal: AbortSignal,
): Promise<JobOutput | string> {
  try {
    for (let steps = 1; ; steps++) {
      const step = await untilAborted(running.next(), signal);
      if (step.done) return step.value;
      progress.tell(step.value);
      if (steps % STEPS_IN_A_ROW === 0) await pause(0, signal);
    }
  } finally {
    // A generator stuck in its own await cannot be stopped from outside: it is told and left behind.
    void running.return('').catch(() => undefined);
  }
}

/** Rejects as soon as the signal aborts, whatever the promise does later. */
function untilAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise<Value>((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
