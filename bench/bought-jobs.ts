import type { BoughtJob, Shopping } from './customer-process.ts';
import type { ProviderMarks } from './provider-process.ts';
import type { Market } from './stage.ts';

/** A job as customer and provider saw it; all times are of the machine's monotonic clock, in milliseconds. */
export interface WatchedJob extends BoughtJob {
  readonly provider: Readonly<ProviderMarks>;
}

/** Buys jobs with our customer from our provider, one at a time. */
export async function buyOneByOne(
  on: Market,
  exchange: Shopping['exchange'],
  jobs: number,
): Promise<WatchedJob[]> {
  await on.provider.ask('startMarking');
  const bought = await shop(on, { exchange, jobs, inFlight: 1 });
  const marks = await on.provider.ask<Map<string, ProviderMarks>>('takeMarks');
  return bought.map((job) => ({ ...job, provider: marks.get(job.requestId) ?? {} }));
}

/** Hold-paid jobs per second while `inFlight` of them are under way, each counted when both sides have closed it. */
export async function holdJobsPerSecond(
  on: Market,
  load: { readonly jobs: number; readonly inFlight: number },
): Promise<{ perSecond: number; eventsPerJob: number }> {
  const closedBefore = await on.provider.ask<number>('closedSales');
  const eventsBefore = await on.market.ask<number>('acceptedEvents');
  const started = performance.now();
  await shop(on, { exchange: 'hold', ...load });
  await on.provider.ask('untilClosed', closedBefore + load.jobs);
  const tookSeconds = (performance.now() - started) / 1000;
  const events = (await on.market.ask<number>('acceptedEvents')) - eventsBefore;
  return { perSecond: load.jobs / tookSeconds, eventsPerJob: events / load.jobs };
}

function shop(on: Market, shopping: Omit<Shopping, 'providerPubkey'>): Promise<BoughtJob[]> {
  return on.customer.ask('shop', { ...shopping, providerPubkey: on.providerPubkey } satisfies Shopping);
}
