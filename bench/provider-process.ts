/** Our provider: `provider-process.ts <dir> <relay url>`, its wallet in `NWC_URL`. */
import { openAccount } from '../src/account/index.ts';
import type { Sale } from '../src/ledger/index.ts';
import { findTag, isJobRequestKind, isJobResultKind, orThrow } from '../src/protocol/index.ts';
import { service, startProvider } from '../src/provider/index.ts';
import { monotonicMs } from './clock.ts';
import { serveParent } from './parent.ts';
import { FREE_KIND, PAID_KIND, RESULT_TEXT } from './signed-jobs.ts';
import { timedPool } from './timed-pool.ts';

/** When a job passed a stage at the provider, in `monotonicMs`, by the stage's name. */
export type ProviderMarks = Record<string, number>;

const [dir = '', relayUrl = ''] = process.argv.slice(2);
const account = orThrow(await openAccount({ dir, relayUrls: [relayUrl], walletUri: process.env['NWC_URL'] }));
const marks = new Map<string, ProviderMarks>();
let isMarking = false;
let closedSales = 0;
const waiting = new Set<{ readonly total: number; readonly done: () => void }>();

const provider = orThrow(
  await startProvider({
    ...account,
    relays: timedPool(account.relays, {
      heard: (event) => {
        if (isJobRequestKind(event.kind)) mark(event.id, 'heard');
      },
      publishing: (event) => {
        if (isJobResultKind(event.kind)) mark(findTag(event, 'e')?.[1] ?? '', 'publishing');
      },
    }),
    services: [
      service({ kind: FREE_KIND, concurrency: 64, handler: async () => RESULT_TEXT }),
      service({ kind: PAID_KIND, concurrency: 64, priceSats: 7, handler: async () => RESULT_TEXT }),
    ],
    limits: { requestsPerMinute: 1_000_000 },
    onChange: noteMove,
    onTrouble: (trouble) => console.error('provider:', trouble.code, trouble.message),
  }),
);

serveParent({
  facts: provider.pubkey,
  commands: {
    startMarking: () => {
      isMarking = true;
    },
    takeMarks: () => {
      const taken = new Map(marks);
      marks.clear();
      isMarking = false;
      return taken;
    },
    closedSales: () => closedSales,
    untilClosed: (total: number) =>
      new Promise<void>((resolve) => {
        waiting.add({ total, done: resolve });
        tellWaiting();
      }),
  },
  close: async () => {
    await provider.close();
    await account.close();
  },
});

function noteMove(sale: Sale): void {
  mark(sale.requestId, sale.money === 'none' ? sale.work : `${sale.work} ${sale.money}`);
  if (sale.work !== 'closed') return;
  closedSales += 1;
  tellWaiting();
}

function tellWaiting(): void {
  for (const waiter of waiting) {
    if (closedSales < waiter.total) continue;
    waiting.delete(waiter);
    waiter.done();
  }
}

function mark(requestId: string, stage: string): void {
  if (!isMarking) return;
  const known = marks.get(requestId) ?? {};
  known[stage] ??= monotonicMs();
  marks.set(requestId, known);
}
