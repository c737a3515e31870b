import { pause } from '../clock/index.ts';
import type { PurchaseHandle, PurchaseUpdate } from '../customer/index.ts';

/** Hears what happens to a job from now on; the answer `true` ends the wait. */
export type UpdateListener = (update: PurchaseUpdate) => boolean;

/** The purchases that this process follows, so that tool calls can wait for them. */
export interface FollowedJobs {
  follow(purchase: PurchaseHandle): void;
  /**
   * Waits until the job has its result or ended otherwise, the listener has heard enough, the time is over, or the
   * signal aborts. Returns at once for jobs that are not followed: nothing more can happen to them here.
   */
  wait(
    requestId: string,
    options: { readonly ms: number; readonly signal: AbortSignal; readonly listen: UpdateListener },
  ): Promise<void>;
  /** Why providers declined the job, as they said it: untrusted. */
  refusals(requestId: string): readonly JobRefusal[];
}

/** A provider that will not do a job, and why. */
export interface JobRefusal {
  readonly providerPubkey: string;
  readonly code: string;
  /** Untrusted text. */
  readonly detail: string;
}

const MAX_REFUSALS = 20;

interface FollowedJob {
  readonly handle: PurchaseHandle;
  readonly listeners: Set<(update: PurchaseUpdate) => void>;
  readonly refusals: JobRefusal[];
  readonly ended: Promise<unknown>;
}

/** Follows purchases until nothing more can happen to them or their customer is closed. */
export function followJobs(): FollowedJobs {
  const jobs = new Map<string, FollowedJob>();

  async function read(job: FollowedJob): Promise<void> {
    for await (const update of job.handle.events()) {
      if (update.type === 'provider-error' && job.refusals.length < MAX_REFUSALS)
        job.refusals.push(update.error);
      for (const tell of job.listeners) tell(update);
    }
    jobs.delete(job.handle.requestId);
  }

  return {
    follow(handle) {
      if (jobs.has(handle.requestId)) return;
      const job: FollowedJob = {
        handle,
        listeners: new Set<(update: PurchaseUpdate) => void>(),
        refusals: [],
        ended: handle.result(),
      };
      jobs.set(handle.requestId, job);
      void read(job); // ends with the purchase, and never throws
    },
    async wait(requestId, { ms, signal, listen }) {
      const job = jobs.get(requestId);
      if (job === undefined) return;
      const over = new AbortController();
      const tell = (update: PurchaseUpdate): void => {
        if (listen(update)) over.abort();
      };
      job.listeners.add(tell);
      try {
        await Promise.race([pause(ms, AbortSignal.any([signal, over.signal])), job.ended]);
      } finally {
        job.listeners.delete(tell);
        over.abort(); // ends the pause
      }
    },
    refusals: (requestId) => jobs.get(requestId)?.refusals ?? [],
  };
}
