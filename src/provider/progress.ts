import type { Sale } from '../ledger/index.ts';
import { buildFeedback, type JobRequest } from '../protocol/index.ts';
import { answer, answerRelays, type ProviderContext } from './context.ts';
import type { JobProgress } from './handler.ts';
import { partAllowanceOf } from './part-allowance.ts';
import { paceOf } from './relay-pace.ts';

/** At most one partial or note per second and job: relays throttle more. */
const INTERVAL_MS = 1000;

/** Tells the customer how the work goes, no faster than relays like; of what comes faster, the latest. */
export interface ProgressTeller {
  tell(progress: JobProgress): void;
  /** Tells nothing more. */
  stop(): void;
}

/**
 * Makes the teller of one job. Progress is told best effort: it is worthless by the time a retry would bring it, so a
 * relay that is told as much as it takes gets the latest there is when it takes more.
 */
export function createProgressTeller(
  context: ProviderContext,
  job: { readonly request: JobRequest; readonly sale: Sale },
  signal: AbortSignal,
): ProgressTeller {
  const allowance = partAllowanceOf(job.sale, context.limits);
  /** The latest partial and the latest note that were not told yet. */
  const untold = new Map<JobProgress['type'], JobProgress>();
  let left = context.limits.partialsPerJob;
  let timer: ReturnType<typeof setTimeout> | null = null;

  const tellNext = () => {
    timer = null;
    const [next] = untold.values();
    if (next === undefined || left <= 0) return;
    timer = setTimeout(tellNext, INTERVAL_MS);
    const where = answerRelays(context, job.request.relays);
    const relays = paceOf(context.relays).admit([...where.relays, ...where.alsoRelays], performance.now());
    if (relays.length === 0) return; // the latest is told when one of them takes it
    untold.delete(next.type);
    left -= 1;
    const told = next.type === 'partial' ? { ...next, content: allowance.take(next.content) } : next;
    if (told.type === 'partial' && told.content === '') return;
    void publish(context, job.request, told, relays, signal).catch(() => undefined);
  };
  return {
    tell(progress) {
      if (progress.type === 'partial') allowance.made(progress.content);
      untold.set(progress.type, progress);
      if (timer === null) tellNext();
    },
    stop() {
      if (timer !== null) clearTimeout(timer);
    },
  };
}

async function publish(
  context: ProviderContext,
  request: JobRequest,
  progress: JobProgress,
  relays: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const createdAt = context.now();
  const template =
    progress.type === 'partial'
      ? buildFeedback({ request, status: 'partial', content: progress.content, createdAt })
      : buildFeedback({ request, status: 'processing', info: progressNote(progress), createdAt });
  const { event } = await answer(context, request, template);
  const receipts = await context.relays.publish(event, relays, { signal });
  for (const receipt of receipts) paceOf(context.relays).hear(receipt, performance.now());
}

function progressNote(progress: Extract<JobProgress, { type: 'progress' }>): string {
  return progress.fraction === undefined
    ? progress.note
    : `${Math.round(progress.fraction * 100)}% ${progress.note}`;
}
