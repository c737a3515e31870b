import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Names that others choose (codes, reasons, services) are counted one by one up to so many, then together. */
const MAX_VALUES = 64;
const SHORT_SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const LONG_SECONDS = [0.05, 0.25, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200];

/** Every number that we publish. The names of `docs/operating.md` are made from these. */
export type Metrics = ReturnType<typeof createMetrics>;

/**
 * Makes the numbers of a process, in a registry of their own. No label is a key, a job or an amount, so that there are
 * never more series than configuration and code have words.
 */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Counter({ name: `coinop_${name}`, help, labelNames, registers });
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Gauge({ name: `coinop_${name}`, help, labelNames, registers });
  const seconds = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    buckets: readonly number[],
  ) => new Histogram({ name: `coinop_${name}`, help, labelNames, buckets: [...buckets], registers });
  return {
    registry,
    buildInfo: gauge('build_info', 'Always 1; says what runs.', ['version', 'node']),
    startedAt: gauge('started_at_seconds', 'When this process began to serve, unix seconds.'),
    residentBytes: gauge('resident_memory_bytes', 'Memory of this process.'),
    cpuSeconds: gauge('cpu_seconds', 'Processor time of this process.'),
    eventLoopLag: gauge('event_loop_lag_seconds', 'How late timers ran since the last look.', ['quantile']),

    saleMoves: counter('sale_moves_total', 'Moves that this process committed, by what they led to.', [
      'kind',
      'work',
      'money',
    ]),
    rescues: counter('rescue_offers_total', 'Offers that step in for other providers, by how these failed.', [
      'kind',
      'reason',
    ]),
    openSales: gauge('sales_open', 'Sales in the books in which something may still happen.', [
      'kind',
      'work',
      'money',
    ]),
    queueDepth: gauge('queue_depth', 'Sales that wait for a worker.', ['kind']),
    oldestWaiting: gauge('queue_oldest_seconds', 'Age of the sale that waits longest for a worker.', [
      'kind',
    ]),
    failures: counter('sale_failures_total', 'Sales that came to no result, by the code of why.', [
      'kind',
      'code',
    ]),
    workSeconds: seconds('work_seconds', 'From claimed to finished.', ['kind'], LONG_SECONDS),
    quoteToPaidSeconds: seconds('quote_to_paid_seconds', 'From offered to paid.', ['kind'], LONG_SECONDS),
    deliverySeconds: seconds('delivery_seconds', 'From finished to public.', ['kind'], SHORT_SECONDS),

    earnedMsat: counter('earned_msat_total', 'Earned by sales that this process closed, in millisats.', [
      'kind',
    ]),
    refundedMsat: counter('refunded_msat_total', 'Refunds that this process saw arrive, in millisats.', [
      'kind',
    ]),
    owedMsat: gauge('owed_msat', 'Money in the books that belongs to customers, in millisats.', ['money']),
    owingSales: gauge('sales_owing', 'Sales with money of their customers, by the state of that.', ['money']),

    relayUp: gauge('relay_up', 'Whether a relay of ours is connected.', ['relay']),
    published: counter('publish_total', 'What relays said to events.', ['outcome', 'reason']),
    outboxDue: gauge('outbox_due', 'Events that no relay of ours has taken yet.'),
    outboxOldest: gauge('outbox_oldest_seconds', 'Age of the oldest of them.'),

    walletCalls: counter('wallet_calls_total', 'Calls of the wallet, by how they ended.', [
      'method',
      'outcome',
    ]),
    walletSeconds: seconds('wallet_call_seconds', 'How long they took.', ['method'], SHORT_SECONDS),

    troubles: counter('troubles_total', 'Trouble that an operator should know of, by code.', ['code']),
    ready: gauge('ready', 'Whether a part is ready, as /readyz says it.', ['part']),
    takingJobs: gauge('taking_jobs', '0 while paused.'),
  };
}

/** Limits what a label can be: words of a known shape, and only so many of them. */
export function boundedLabel(): (value: string) => string {
  const seen = new Set<string>();
  return (value) => {
    if (seen.has(value)) return value;
    if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(value) || seen.size >= MAX_VALUES) return 'other';
    seen.add(value);
    return value;
  };
}
