import { pause } from '../clock/index.ts';
import { readResultFile, type Failure, type NostrEvent } from '../protocol/index.ts';
import type { FileWatch } from './received-file.ts';
import { deliveredContent, type FileContext } from './result-file.ts';
import type { CustomerContext, Run } from './run.ts';

/** A result, and what it says, decrypted and opened. */
export interface OpenedResult {
  readonly event: NostrEvent;
  readonly content: string;
}

/** How long until a file is asked for again: at first, and at most. */
const ASK_AGAIN_MS = { first: 1000, longest: 30_000 } as const;

/**
 * Whether there is all of a result: what is a file counts once it was fetched. Begins to fetch it, and goes on until
 * that works or the purchase is over; the purchase is looked at again then, and after the first try that fails.
 */
export function isWhole(context: CustomerContext, run: Run, result: OpenedResult): boolean {
  if (context.files === null || readResultFile(result.content, result.event.tags) === null) return true;
  if (run.file?.resultId !== result.event.id) {
    run.file = { resultId: result.event.id, ready: false, failure: null };
    void fetchUntilThere(context, run, result, run.file);
  }
  return run.file.ready;
}

async function fetchUntilThere(
  context: CustomerContext,
  run: Run,
  result: OpenedResult,
  watch: FileWatch,
): Promise<void> {
  const signal = AbortSignal.any([context.signal, run.ended.signal]);
  let pauseMs: number = ASK_AGAIN_MS.first;
  while (!watch.ready && !signal.aborted && run.file === watch) {
    const failed = await tryOnce({ ...context, signal }, run.purchase.requestId, result);
    if (signal.aborted) return;
    const isNews = failed === null || watch.failure === null;
    watch.ready = failed === null;
    watch.failure = failed;
    if (isNews) run.stepper.poke();
    if (!watch.ready) await pause(pauseMs, signal);
    pauseMs = Math.min(pauseMs * 2, ASK_AGAIN_MS.longest);
  }
}

/** `null` when it is there; a full disk is a reason like any other to try again. */
async function tryOnce(
  context: FileContext,
  requestId: string,
  { event, content }: OpenedResult,
): Promise<Failure<'result-unreadable'> | null> {
  try {
    const delivered = await deliveredContent(context, requestId, event, content);
    return delivered.ok ? null : delivered.failure;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      code: 'result-unreadable',
      message: `The file behind the result cannot be kept: ${why}`,
      data: { reason: 'fault' },
    };
  }
}
