/** Our provider: `provider-process.ts <dir> <relay url> <mint url>`, its wallet in `NWC_URL`. */
import { createAccountEcash } from '../src/account/ecash.ts';
import { openAccount } from '../src/account/index.ts';
import type { Sale } from '../src/ledger/index.ts';
import { findTag, isJobRequestKind, isJobResultKind, orThrow, satsToMsat } from '../src/protocol/index.ts';
import { service, startProvider } from '../src/provider/index.ts';
import { monotonicMs } from './clock.ts';
import { openBenchEcash } from './ecash.ts';
import { serveParent } from './parent.ts';
import { openPayServer } from './pay-server.ts';
import { MODE_KINDS, RESULT_TEXT, type Mode } from './signed-jobs.ts';
import { timedPool } from './timed-pool.ts';

/** Who sells, and where its lightning address is served. */
export interface ProviderFacts {
  readonly pubkey: string;
  /** `host:port`. */
  readonly payHost: string;
}

/** When a job passed a stage at the provider, in `monotonicMs`, by the stage's name. */
export type ProviderMarks = Record<string, number>;

const PRICE_SATS = 7;
/** More than all jobs that are under way at once. */
const TRUSTED_MSAT = satsToMsat(1_000);

const [dir = '', relayUrl = '', mintUrl = ''] = process.argv.slice(2);
const account = orThrow(await openAccount({ dir, relayUrls: [relayUrl], walletUri: process.env['NWC_URL'] }));
const ecash = openBenchEcash(account, mintUrl);
const payServer = await openPayServer(account, relayUrl);
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
    services: Object.entries(MODE_KINDS).map(([mode, kind]) =>
      service({
        kind,
        concurrency: 64,
        priceSats: mode === 'free' ? 0 : PRICE_SATS,
        exchanges: [mode as Mode],
        handler: async () => RESULT_TEXT,
      }),
    ),
    ecash: createAccountEcash({ ...account, ...ecash }),
    lud16: payServer.lud16,
    trust: () => ({ workUnpaidUpToMsat: TRUSTED_MSAT, deliverUnpaidUpToMsat: TRUSTED_MSAT }),
    limits: { requestsPerMinute: 1_000_000 },
    onChange: noteMove,
    onTrouble: (trouble) => console.error('provider:', trouble.code, trouble.message),
  }),
);

serveParent({
  facts: { pubkey: provider.pubkey, payHost: payServer.host } satisfies ProviderFacts,
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
    await payServer.close();
    await ecash.store.close();
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
