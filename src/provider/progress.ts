import { buildFeedback, type ExchangeMode, type JobRequest } from '../protocol/index.ts';
import { answer, type ProviderContext } from './context.ts';
import type { JobProgress } from './handler.ts';
import { beginningOf } from './part-of-text.ts';

/** At most one partial or note per second and job: relays throttle more. */
const INTERVAL_MS = 1000;

/** Tells the customer how the work goes, no faster than relays like; of what comes faster, the latest. */
export interface ProgressTeller {
  tell(progress: JobProgress): void;
  /** Tells nothing more. */
  stop(): void;
}

/** Modes in which the customer may read everything while the work goes on: nothing is asked for it, or it is trusted. */
const READ_BEFORE_PAID: readonly ExchangeMode[] = ['free', 'postpay'];
/** Modes in which the money is ours before the work; where the terms give it back midway, that is no better than a lock. */
const PAID_BEFORE_WORK: readonly ExchangeMode[] = ['prepay', 'zap', 'nutzap'];

/** Makes the teller of one job. Progress is told best effort: it is worthless by the time a retry would bring it. */
export function createProgressTeller(
  context: ProviderContext,
  job: { readonly request: JobRequest; readonly exchange: ExchangeMode },
  signal: AbortSignal,
): ProgressTeller {
  const isOurs = PAID_BEFORE_WORK.includes(job.exchange) && context.keepsPaymentOfCancelledWork;
  const mayShowAll = isOurs || READ_BEFORE_PAID.includes(job.exchange);
  let unpaidChars = mayShowAll ? Infinity : context.limits.unpaidPartialChars;
  /** The latest partial and the latest note that were not told yet. */
  const untold = new Map<JobProgress['type'], JobProgress>();
  let left = context.limits.partialsPerJob;
  let timer: ReturnType<typeof setTimeout> | null = null;

  const tellNext = () => {
    timer = null;
    const [next] = untold.values();
    if (next === undefined || left <= 0) return;
    untold.delete(next.type);
    left -= 1;
    timer = setTimeout(tellNext, INTERVAL_MS);
    const told = withinAllowance(next);
    if (told !== null) void publish(context, job.request, told, signal).catch(() => undefined);
  };
  const withinAllowance = (progress: JobProgress): JobProgress | null => {
    if (progress.type !== 'partial' || unpaidChars === Infinity) return progress;
    const content = beginningOf(progress.content, unpaidChars);
    unpaidChars -= content.length;
    return content === '' ? null : { type: 'partial', content };
  };
  return {
    tell(progress) {
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
  signal: AbortSignal,
): Promise<void> {
  const createdAt = context.now();
  const template =
    progress.type === 'partial'
      ? buildFeedback({ request, status: 'partial', content: progress.content, createdAt })
      : buildFeedback({ request, status: 'processing', info: progressNote(progress), createdAt });
  const { event, relays, alsoRelays } = await answer(context, request, template);
  await context.relays.publish(event, [...relays, ...alsoRelays], { signal });
}

function progressNote(progress: Extract<JobProgress, { type: 'progress' }>): string {
  return progress.fraction === undefined
    ? progress.note
    : `${Math.round(progress.fraction * 100)}% ${progress.note}`;
}
