import type { GatewayContext } from './context.ts';
import type { GatewayJob } from './job.ts';
import { advanceJob } from './job-stages.ts';

/** Brings jobs forward, each by one step at a time. */
export interface JobRunner {
  /** Looks at a job again; resolves when that is done. Never rejects. */
  look(id: string): Promise<void>;
  /** Looks at a job that nobody is looking at. */
  lookIfIdle(id: string): void;
  /**
   * Looks at the job and waits until it fits, the time is up or the signal aborts; resolves with the job as it is then.
   * With `lookOnce` the wait also ends with the look.
   */
  until(
    id: string,
    fits: (job: GatewayJob) => boolean,
    wait: { readonly waitMs: number; readonly lookOnce?: boolean; readonly signal: AbortSignal },
  ): Promise<GatewayJob>;
  /** Resolves when nothing runs any more. */
  idle(): Promise<void>;
}

/** Makes the runner of a gateway's jobs. */
export function runJobs(context: GatewayContext): JobRunner {
  const busy = new Map<string, Promise<void>>();

  const look = async (id: string): Promise<void> => {
    if (context.signal.aborted) return; // the next start goes on
    const next = (busy.get(id) ?? Promise.resolve())
      .then(() => advanceJob(context, id))
      .catch((error: unknown) => context.onTrouble(faultOf(error)))
      .finally(() => busy.get(id) === next && busy.delete(id));
    busy.set(id, next);
    return next;
  };

  return {
    look,
    lookIfIdle: (id) => void (busy.has(id) ? undefined : look(id)),
    async until(id, fits, { waitMs, lookOnce = false, signal }) {
      const ending = new AbortController();
      const timer = setTimeout(() => ending.abort(), waitMs);
      const looked = look(id);
      if (lookOnce) void looked.then(() => ending.abort());
      const over = AbortSignal.any([ending.signal, signal, context.signal]);
      try {
        const job = await jobOf(id);
        if (fits(job)) return job;
        for await (const { type } of context.feeds.follow(id, null, over))
          if (type === 'state' && fits(await jobOf(id))) break;
        return await jobOf(id);
      } finally {
        clearTimeout(timer);
      }
    },
    idle: async () => void (await Promise.all(busy.values())),
  };

  async function jobOf(id: string): Promise<GatewayJob> {
    const job = await context.jobs.get(id);
    if (job === null) throw new Error('A job that is waited for is gone.');
    return job;
  }
}

function faultOf(error: unknown) {
  return {
    code: 'fault',
    message: error instanceof Error ? error.message : 'Something unexpected was thrown.',
  };
}
