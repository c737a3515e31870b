import { expect, vi } from 'vitest';
import type { Signer } from '../../src/keys/index.ts';
import type { Ledger } from '../../src/ledger/index.ts';
import { buildJobRequest, type JobRequestDraft, type NostrEvent } from '../../src/protocol/index.ts';
import type { JobHandler } from '../../src/provider/index.ts';
import type { RelayPool } from '../../src/relays/index.ts';
import type { BuyingStage } from '../customer/stage.ts';

/** A handler whose jobs end when the test says so; it ends early when told to stop. */
export function handDriven(): {
  readonly handler: JobHandler;
  readonly jobs: readonly { readonly finish: () => void; readonly stopped: boolean }[];
  readonly started: (count: number) => Promise<void>;
} {
  const jobs: { finish: () => void; stopped: boolean }[] = [];
  const handler: JobHandler = ({ text, signal }) =>
    new Promise((resolve, reject) => {
      const job = { finish: () => resolve(text.toUpperCase()), stopped: false };
      signal.addEventListener('abort', () => {
        job.stopped = true;
        reject(new Error('stopped'));
      });
      jobs.push(job);
    });
  const started = (count: number) =>
    vi.waitFor(() => expect(jobs.length).toBeGreaterThanOrEqual(count), { timeout: 20_000 });
  return { handler, jobs, started };
}

/** A ledger of which a test replaces some calls on sales. */
export function faultyLedger(
  ledger: Ledger,
  faults: (sales: Ledger['sales']) => Partial<Ledger['sales']>,
): Ledger {
  return { ...ledger, sales: { ...ledger.sales, ...faults(ledger.sales) } };
}

/** A pool that hands the provider exactly the requests of a test, as verified. */
export function handFedPool(stage: BuyingStage): {
  pool: RelayPool;
  feed: (...events: NostrEvent[]) => void;
} {
  const real = stage.openPool();
  const listeners: ((event: NostrEvent, relay: string) => void)[] = [];
  const pool: RelayPool = {
    subscribe: async ({ onEvent }) => void listeners.push(onEvent),
    publish: (...args) => real.publish(...args),
    query: (...args) => real.query(...args),
    status: () => real.status(),
    close: () => real.close(),
  };
  const feed = (...events: NostrEvent[]) => {
    for (const event of events) for (const tell of listeners) tell(event, stage.relayUrl);
  };
  return { pool, feed };
}

/** A `text` input of a request. */
export const textInput = (data: string) => ({ data, type: 'text', relay: null, marker: null });

/** A signed request as any NIP-90 customer might write it. */
export async function requestOf(
  signer: Signer,
  draft: Pick<JobRequestDraft, 'kind'> & Partial<JobRequestDraft>,
): Promise<NostrEvent> {
  const wish = {
    inputs: [textInput('a red fox')],
    params: new Map(),
    outputs: [],
    relays: [],
    createdAt: Math.floor(Date.now() / 1000),
  };
  return signer.sign(buildJobRequest({ ...wish, ...draft }));
}
