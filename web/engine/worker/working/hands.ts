import type { Sale } from '../../../../src/ledger/index.ts';
import {
  DEFAULT_LIMITS,
  JobFailure,
  partAllowanceOf,
  type JobHandler,
  type JobOutput,
  type JobProgress,
  type PartAllowance,
} from '../../../../src/provider/index.ts';
import type { Draft, PartShown } from '../../work-contract.ts';

/** Jobs that a person has in hand: what the engine runs as handlers, and a person ends by delivering. */
export interface Hands {
  /** The handler of every skill: it waits for the person, across restarts. */
  readonly handler: JobHandler;
  /** Whether the job is in hand now. */
  has(requestId: string): boolean;
  /** Shows the customer a part, and says how much of it; `null` when the job is not in hand. */
  sendPartial(sale: Sale, content: string): PartShown | null;
  /** Takes the draft that was submitted, where the job is in hand; else its handler finds it when it begins. */
  submitted(requestId: string): void;
  /** Ends a job that is in hand without a result; `false` when it is not. */
  giveUp(requestId: string, reason: string): boolean;
}

/** Something that a person did about a job in hand. */
type Act =
  JobProgress | { readonly type: 'submitted' } | { readonly type: 'gave-up'; readonly reason: string };

/** A job that is in hand. */
interface InHand {
  readonly act: (act: Act) => void;
  /** As the engine's own, which begins anew as well whenever the job is taken in hand. */
  allowance: PartAllowance | null;
  partsLeft: number;
}

/** Parts that wait to be shown; the engine publishes fewer than a person could send. */
const MAX_ACTS = 100;
/** No part is shown, and none will be. */
const NOTHING_MORE: PartShown = { shownChars: 0, leftChars: 0 };

/** Makes the hands of one person; `submittedDraft` finds what was submitted for a job, also before a crash. */
export function createHands(submittedDraft: (requestId: string) => Promise<Draft | null>): Hands {
  const inHand = new Map<string, InHand>();
  const act = (requestId: string, what: Act): boolean => {
    const job = inHand.get(requestId);
    job?.act(what);
    return job !== undefined;
  };
  return {
    handler: async function* (job) {
      const { idempotencyKey: requestId, signal } = job;
      const acts = createActs(signal);
      const held: InHand = { act: acts.add, allowance: null, partsLeft: DEFAULT_LIMITS.partialsPerJob };
      inHand.set(requestId, held);
      try {
        for (;;) {
          const draft = await submittedDraft(requestId);
          if (draft !== null) return await outputOf(draft);
          const next = await acts.next();
          if (next.type === 'gave-up') throw new JobFailure('gave-up', next.reason);
          if (next.type !== 'submitted') yield next;
        }
      } finally {
        if (inHand.get(requestId) === held) inHand.delete(requestId);
      }
    },
    has: (requestId) => inHand.has(requestId),
    sendPartial(sale, content) {
      const job = inHand.get(sale.requestId);
      if (job === undefined) return null;
      if (job.partsLeft <= 0) return NOTHING_MORE;
      job.partsLeft -= 1;
      const allowance = (job.allowance ??= partAllowanceOf(sale, DEFAULT_LIMITS));
      allowance.made(content);
      const shownChars = allowance.take(content).length;
      job.act({ type: 'partial', content });
      return { shownChars, leftChars: job.partsLeft === 0 ? 0 : allowance.leftChars };
    },
    submitted: (requestId) => void act(requestId, { type: 'submitted' }),
    giveUp: (requestId, reason) => act(requestId, { type: 'gave-up', reason }),
  };
}

/** What a person does, one after the other; waiting for the next ends with the signal's reason. */
function createActs(signal: AbortSignal): { add: (act: Act) => void; next: () => Promise<Act> } {
  const waiting: Act[] = [];
  let news = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => news.reject(signal.reason), { once: true });
  news.promise.catch(() => undefined); // nobody may be waiting when the job ends
  return {
    add(act) {
      if (waiting.length < MAX_ACTS || act.type === 'submitted' || act.type === 'gave-up') waiting.push(act);
      news.resolve();
    },
    async next() {
      for (;;) {
        signal.throwIfAborted();
        const act = waiting.shift();
        if (act !== undefined) return act;
        news = Promise.withResolvers();
        if (signal.aborted) throw signal.reason;
        await news.promise;
      }
    },
  };
}

async function outputOf({ content, mediaType, file }: Draft): Promise<JobOutput> {
  if (file === null) return { content, mediaType };
  const bytes = new Uint8Array(await file.blob.arrayBuffer());
  const type = file.blob.type === '' ? 'application/octet-stream' : file.blob.type;
  return { file: { bytes, mediaType: type, name: file.name }, ...(content === '' ? {} : { content }) };
}
