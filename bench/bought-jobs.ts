import type { BoughtJob, Shopping } from './customer-process.ts';
import type { ProviderMarks } from './provider-process.ts';
import type { Market } from './stage.ts';

/** A job as customer and provider saw it; all times are of the machine's monotonic clock, in milliseconds. */
export interface WatchedJob extends BoughtJob {
  readonly provider: Readonly<ProviderMarks>;
}

/** Buys jobs with our customer from our provider, one at a time. */
export async function buyOneByOne(
  stage: Market,
  exchange: Shopping['exchange'],
  jobs: number,
): Promise<WatchedJob[]> {
  await stage.provider.ask('startMarking');
  const bought = await shop(stage, { exchange, jobs, inFlight: 1 });
  const marks = await stage.provider.ask<Map<string, ProviderMarks>>('takeMarks');
  return bought.map((job) => ({ ...job, provider: marks.get(job.requestId) ?? {} }));
}

/** Hold-paid jobs per second while `inFlight` of them are under way, each counted when both sides have closed it. */
export async function holdJobsPerSecond(
  stage: Market,
  load: { readonly jobs: number; readonly inFlight: number },
): Promise<{ perSecond: number; eventsPerJob: number }> {
  const closedBefore = await stage.provider.ask<number>('closedSales');
  const eventsBefore = await stage.market.ask<number>('acceptedEvents');
  const started = performance.now();
  await shop(stage, { exchange: 'hold', ...load });
  await stage.provider.ask('untilClosed', closedBefore + load.jobs);
  const tookSeconds = (performance.now() - started) / 1000;
  const events = (await stage.market.ask<number>('acceptedEvents')) - eventsBefore;
  return { perSecond: load.jobs / tookSeconds, eventsPerJob: events / load.jobs };
}

function shop(stage: Market, shopping: Omit<Shopping, 'providerPubkey'>): Promise<BoughtJob[]> {
  return stage.customer.ask('shop', { ...shopping, providerPubkey: stage.providerPubkey } satisfies Shopping);
}
