import { monitorEventLoopDelay } from 'node:perf_hooks';
import process from 'node:process';
import type { Ledger } from '../../ledger/index.ts';
import type { SaleOperator } from '../../provider/index.ts';
import type { RelayPool } from '../../relays/index.ts';
import { onceIn } from '../once-in.ts';
import type { PartReadiness } from '../readiness.ts';
import type { Metrics } from './registry.ts';

/** The books are asked at most so often, however many look at the numbers. */
const ASK_BOOKS_EVERY_MS = 5_000;
const NANOSECONDS = 1e9;

/** What the numbers are taken from at the moment somebody looks. */
export interface FigureSources {
  readonly ledger: Pick<Ledger, 'sales' | 'balances' | 'outbox'>;
  /** The keys that this process sells under; read anew each time. */
  readonly operators: readonly Pick<SaleOperator, 'signer'>[];
  /** Which kind each service answers; what is not sold any more counts as `other`. */
  readonly kindOf: (serviceId: string) => number | null;
  readonly relays: Pick<RelayPool, 'status'>;
  readonly relayUrls: readonly string[];
  readonly readiness: () => Promise<readonly PartReadiness[]>;
  readonly isTakingJobs: () => boolean;
  /** Unix seconds. */
  readonly now: () => number;
}

/** The numbers as text for Prometheus. */
export interface Figures {
  read(): Promise<{ readonly contentType: string; readonly text: string }>;
  close(): void;
}

/** Makes what brings the gauges up to date and writes all numbers out. */
export function createFigures(metrics: Metrics, sources: FigureSources): Figures {
  const lag = monitorEventLoopDelay({ resolution: 20 });
  lag.enable();
  const fromBooks = onceIn(ASK_BOOKS_EVERY_MS, () => readBooks(metrics, sources));
  return {
    async read() {
      readProcess(metrics, lag);
      readRelays(metrics, sources);
      metrics.takingJobs.set(sources.isTakingJobs() ? 1 : 0);
      // Books that do not answer are told by `coinop_ready`, and everything else is shown all the same.
      const [parts] = await Promise.all([sources.readiness(), fromBooks().catch(() => undefined)]);
      for (const { part, ready } of parts) metrics.ready.set({ part }, ready ? 1 : 0);
      return { contentType: metrics.registry.contentType, text: await metrics.registry.metrics() };
    },
    close: () => lag.disable(),
  };
}

function readProcess(metrics: Metrics, lag: ReturnType<typeof monitorEventLoopDelay>): void {
  const { user, system } = process.cpuUsage();
  metrics.cpuSeconds.set((user + system) / 1e6);
  metrics.residentBytes.set(process.memoryUsage.rss());
  for (const quantile of [50, 99])
    metrics.eventLoopLag.set({ quantile: String(quantile / 100) }, lag.percentile(quantile) / NANOSECONDS);
  lag.reset();
}

function readRelays(metrics: Metrics, { relays, relayUrls }: FigureSources): void {
  const status = relays.status();
  for (const relay of relayUrls) metrics.relayUp.set({ relay }, status.get(relay) === 'connected' ? 1 : 0);
}

async function readBooks(metrics: Metrics, sources: FigureSources): Promise<void> {
  const { ledger, operators, kindOf, now } = sources;
  const pubkeys = operators.map(({ signer }) => signer.pubkey);
  const depth = await ledger.outbox.depth();
  const open = (await Promise.all(pubkeys.map((pubkey) => ledger.sales.countOpen(pubkey)))).flat();
  const owing = (await Promise.all(pubkeys.map((pubkey) => ledger.sales.sumOwing(pubkey)))).flat();
  for (const gauge of [
    metrics.openSales,
    metrics.queueDepth,
    metrics.oldestWaiting,
    metrics.owedMsat,
    metrics.owingSales,
  ])
    gauge.reset(); // what is no longer there is not shown
  metrics.outboxDue.set(depth.due);
  metrics.outboxOldest.set(depth.oldestAt === null ? 0 : Math.max(0, now() - depth.oldestAt));
  const oldest = new Map<string, number>();
  for (const { serviceId, work, money, count, oldestAt } of open) {
    const kind = String(kindOf(serviceId) ?? 'other');
    metrics.openSales.inc({ kind, work, money }, count);
    if (work !== 'accepted' || money === 'quoted') continue;
    metrics.queueDepth.inc({ kind }, count);
    oldest.set(kind, Math.min(oldest.get(kind) ?? Infinity, oldestAt));
  }
  for (const [kind, oldestAt] of oldest) metrics.oldestWaiting.set({ kind }, Math.max(0, now() - oldestAt));
  const prepaid = await Promise.all(pubkeys.map((pubkey) => ledger.balances.owedMsat(pubkey)));
  metrics.owedMsat.inc(
    { money: 'prepaid' },
    prepaid.reduce((sum, amountMsat) => sum + Number(amountMsat), 0),
  );
  for (const { money, count, amountMsat } of owing) {
    metrics.owingSales.inc({ money }, count);
    metrics.owedMsat.inc({ money }, Number(amountMsat));
  }
}
