import { findTag } from '../src/protocol/index.ts';
import type { Part } from './part.ts';
import { ScriptedClient, publishFrame } from './scripted-client.ts';
import { FREE_KIND, HOP_KIND, newSigner, signJobs, signRequest } from './signed-jobs.ts';
import type { Stage } from './stage.ts';

const customer = newSigner();
const provider = newSigner();

/** How much is offered for how long. `stock` is signed beforehand and must outlast the time. */
export interface Load {
  readonly seconds: number;
  readonly inFlight: number;
  readonly stock: number;
}

/** Free jobs under load, and the CPU time that each takes: unlike the rate it does not depend on what else runs. */
export interface FreeLoad {
  readonly jobsPerSecond: number;
  readonly relayCpuMs: number;
  readonly providerCpuMs: number;
}

/** What the relay alone carries of the same events. */
export interface RelayLoad {
  readonly jobsPerSecond: number;
  readonly cpuMs: number;
}

/** Events of one free job on the relay: request, processing, result. */
export const EVENTS_PER_FREE_JOB = 3;

/**
 * Free jobs per second of our provider. Light customers publish requests that were signed beforehand; a job
 * counts when its sale is closed in the provider's ledger, after the relay's OK to the result.
 */
export async function freeJobsPerSecond(stage: Stage, load: Load): Promise<FreeLoad> {
  const wish = { kind: FREE_KIND, customer, target: stage.providerPubkey, relayUrl: stage.relayUrl };
  const frames = new Map<string, string>();
  while (frames.size < load.stock) {
    const request = await signRequest(wish);
    frames.set(request.id, publishFrame(request));
  }
  const client = await ScriptedClient.connect(stage.relayUrl);
  await client.subscribe({ kinds: [FREE_KIND + 1000], authors: [stage.providerPubkey] });
  const closedBefore = await stage.provider.ask<number>('closedSales');
  const relayCpu = await cpuTimer(stage.market);
  const providerCpu = await cpuTimer(stage.provider);
  const { jobs, started } = await keepInFlight(load, frames, client, (done) => {
    client.onEvent = (result) => done(findTag(result, 'e')?.[1] ?? '');
  });
  await stage.provider.ask('untilClosed', closedBefore + jobs);
  const tookSeconds = (performance.now() - started) / 1000;
  await client.close();
  return {
    jobsPerSecond: jobs / tookSeconds,
    relayCpuMs: (await relayCpu()) / jobs,
    providerCpuMs: (await providerCpu()) / jobs,
  };
}

/** The events of as many free jobs per second as our relay alone takes in, each with its OK after the commit. */
export async function relayJobsPerSecond(
  stage: Pick<Stage, 'relayUrl' | 'market'>,
  load: Load,
): Promise<RelayLoad> {
  const signed = await signJobs(load.stock, {
    kind: HOP_KIND,
    customer,
    provider,
    relayUrl: stage.relayUrl,
  });
  const events = signed.flatMap(({ request, processing, result }) => [request, processing, result]);
  const frames = new Map(events.map((event) => [event.id, publishFrame(event)]));
  const client = await ScriptedClient.connect(stage.relayUrl);
  const inFlight = load.inFlight * EVENTS_PER_FREE_JOB;
  const relayCpu = await cpuTimer(stage.market);
  const { jobs: accepted, started } = await keepInFlight({ ...load, inFlight }, frames, client, (done) => {
    client.onOk = (eventId, isAccepted, message) => {
      if (!isAccepted) throw new Error(`the relay refused an event: ${message}`);
      done(eventId);
    };
  });
  const tookSeconds = (performance.now() - started) / 1000;
  await client.close();
  const jobs = accepted / EVENTS_PER_FREE_JOB;
  return { jobsPerSecond: jobs / tookSeconds, cpuMs: (await relayCpu()) / jobs };
}

/** Measures the CPU time that a part takes from now on, in milliseconds. */
async function cpuTimer(part: Part): Promise<() => Promise<number>> {
  const before = await part.ask<number>('cpuMs');
  return async () => (await part.ask<number>('cpuMs')) - before;
}

/** Sends a frame for each one that is done until the time is up, then waits for those under way. */
async function keepInFlight(
  load: Pick<Load, 'seconds' | 'inFlight'>,
  frames: ReadonlyMap<string, string>,
  client: ScriptedClient,
  hearDone: (done: (id: string) => void) => void,
): Promise<{ jobs: number; started: number }> {
  const waiting = frames.entries();
  const underWay = new Set<string>();
  const allDone = Promise.withResolvers<void>();
  const started = performance.now();
  let jobs = 0;
  const sendNext = () => {
    if (performance.now() - started > load.seconds * 1000) return;
    const { value: next } = waiting.next();
    if (next === undefined) return;
    underWay.add(next[0]);
    client.send(next[1]);
  };
  hearDone((id) => {
    if (!underWay.delete(id)) return;
    jobs += 1;
    sendNext();
    if (underWay.size === 0) allDone.resolve();
  });
  for (let sent = 0; sent < load.inFlight; sent++) sendNext();
  await allDone.promise;
  return { jobs, started };
}
