import type { Sale } from '../ledger/index.ts';
import { buildFeedback, type ExchangeMode, type JobRequest } from '../protocol/index.ts';
import { answer, answerRelays, type ProviderContext } from './context.ts';
import type { JobProgress } from './handler.ts';
import { beginningOf } from './part-of-text.ts';
import { paceOf } from './relay-pace.ts';

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

/**
 * Makes the teller of one job. Progress is told best effort: it is worthless by the time a retry would bring it, so a
 * relay that is told as much as it takes gets the latest there is when it takes more.
 */
export function createProgressTeller(
  context: ProviderContext,
  job: { readonly request: JobRequest; readonly sale: Sale },
  signal: AbortSignal,
): ProgressTeller {
  const allowance = allowanceOf(context, job.sale);
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
    const told = next.type === 'partial' ? allowance.cut(next) : next;
    if (told !== null) void publish(context, job.request, told, relays, signal).catch(() => undefined);
  };
  return {
    tell(progress) {
      if (progress.type === 'partial') allowance.count(progress);
      untold.set(progress.type, progress);
      if (timer === null) tellNext();
    },
    stop() {
      if (timer !== null) clearTimeout(timer);
    },
  };
}

type Partial = Extract<JobProgress, { readonly type: 'partial' }>;

/** How much of the work is shown before it is paid. */
interface Allowance {
  /** Notes that so much of it exists. */
  count(partial: Partial): void;
  /** What may be shown of a part, which counts as shown; `null` when nothing may. */
  cut(partial: Partial): Partial | null;
}

/** So little is shown whatever there is. */
const ALWAYS_SHOWN_CHARS = 100;

/** Work is shown up to a length, and of longer work no more than a share, until its money can't go back any more. */
function allowanceOf(context: ProviderContext, { exchange, money, quote }: Sale): Allowance {
  const isOurs = money === 'settled' && quote?.isKeptOnceBegun === true;
  if (isOurs || READ_BEFORE_PAID.includes(exchange))
    return { count: () => undefined, cut: (partial) => partial };
  const { unpaidPartialChars, unpaidPartialShare } = context.limits;
  let [made, shown] = [0, 0];
  return {
    count: ({ content }) => (made += content.length),
    cut(partial) {
      const mayShow =
        Math.min(unpaidPartialChars, Math.max(ALWAYS_SHOWN_CHARS, made * unpaidPartialShare)) - shown;
      const content = beginningOf(partial.content, mayShow);
      shown += content.length;
      return content === '' ? null : { type: 'partial', content };
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
