/**
 * What an honest customer feels while strangers flood its provider: `node bench/hostile.ts [events per flood]`, some
 * minutes. Free jobs are bought one after the other, alone and during each flood of `test/hostile/floods.ts` and of
 * `traps.ts`. Prints as JSON what they took, how many times as long as alone, what the strangers were told, and the provider's memory.
 */
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { findTag } from '../src/protocol/index.ts';
import { FLOODS, newKey, request, type Flood, type Target } from '../test/hostile/floods.ts';
import type { FloodedFacts } from './hostile-process.ts';
import type { MarketFacts } from './market-process.ts';
import type { Part } from './part.ts';
import { thisMachine } from './report.ts';
import { publishFrame, ScriptedClient } from './scripted-client.ts';
import { openParts } from './stage.ts';
import { latencyOf, type Latency } from './statistics.ts';
import { serveTraps, trapFloods } from './traps.ts';

/** The honest customer, and what the provider has told others meanwhile. */
interface Market {
  readonly target: Target;
  readonly floods: readonly Pick<Flood, 'name' | 'make'>[];
  readonly provider: Part;
  /** Buys one job; milliseconds from sending the request to having the result. */
  readonly buy: () => Promise<number>;
  /** Answers of the provider to others, by what they say, since the last call. */
  readonly takeTold: () => Readonly<Record<string, number>>;
}

/** Jobs that are bought alone, and during each flood at least. */
const JOBS_ALONE = 200;
const JOBS_DURING = 200;
/** Strangers send so many at once, so often. */
const WAVE = 10;
const WAVE_EVERY_MS = 25;
/** What a flood has left is done by then. */
const REST_MS = 1000;

const [count = 300] = process.argv.slice(2).map(Number);
const loadBefore = loadavg()[0];
const traps = await serveTraps();
const stage = await openParts(async (start, dir) => {
  const market = await start('market', [dir]);
  const { relayUrl, walletUris } = await market.ask<MarketFacts>('facts');
  const provider = await start('hostile', [join(dir, 'provider'), relayUrl, traps.host], {
    NWC_URL: walletUris.provider,
  });
  return { relayUrl, provider };
});
try {
  const client = await ScriptedClient.connect(stage.relayUrl);
  const market = await openMarket(client);
  const memoryBeforeMiB = await memoryOf(market.provider);
  const alone = await buyAlone(market);
  const floods = [];
  for (const flood of market.floods) {
    const measured = await measureFlood(market, flood, alone);
    floods.push(measured);
    console.error(`${floods.length} of ${market.floods.length}: ${JSON.stringify(measured)}`);
  }
  const aloneAfter = await buyAlone(market);
  const memoryMiB = { before: memoryBeforeMiB, after: await memoryOf(market.provider) };
  const machine = { ...thisMachine(), load: { before: loadBefore, after: loadavg()[0] } };
  const troubles = await market.provider.ask('troubles');
  console.log(JSON.stringify({ machine, count, alone, aloneAfter, memoryMiB, troubles, floods }, null, 2));
  await client.close();
} finally {
  await stage.close();
  await traps.close();
}

async function openMarket(client: ScriptedClient): Promise<Market> {
  const { relayUrl, provider } = stage;
  const facts = await provider.ask<FloodedFacts>('facts');
  const where = { ...facts, relayUrl, now: () => Math.floor(Date.now() / 1000) };
  const waiting = new Map<string, () => void>();
  const told = new Map<string, number>();
  client.onEvent = (event) => {
    const answered = waiting.get(findTag(event, 'e')?.[1] ?? '');
    if (answered === undefined) {
      const [, status = '', code = ''] = findTag(event, 'status') ?? [];
      const words = findTag(event, 'error')?.[1] ?? (status || code || `kind ${event.kind}`);
      told.set(words, (told.get(words) ?? 0) + 1);
    } else if (event.kind !== 7000) answered();
  };
  const { providerPubkey, freeKind } = facts;
  await client.subscribe({ kinds: [7000, freeKind + 1000], authors: [providerPubkey] });
  const ask = async () => {
    const asked = await request(where, newKey());
    const answered = new Promise<void>((resolve) => waiting.set(asked.id, resolve));
    const sentAt = performance.now();
    client.send(publishFrame(asked));
    await answered;
    return { requestId: asked.id, tookMs: performance.now() - sentAt };
  };
  const { requestId: foreignJobId } = await ask();
  return {
    target: { ...where, foreignJobId },
    floods: [...FLOODS, ...trapFloods(traps.host, facts)],
    provider,
    buy: async () => (await ask()).tookMs,
    takeTold: () => {
      const taken = Object.fromEntries(told);
      told.clear();
      return taken;
    },
  };
}

async function buyAlone({ buy }: Market): Promise<Latency> {
  const tookMs: number[] = [];
  for (let bought = 0; bought < JOBS_ALONE; bought += 1) tookMs.push(await buy());
  return latencyOf(tookMs);
}

async function measureFlood(market: Market, flood: Market['floods'][number], alone: Latency) {
  const frames = (await flood.make(market.target, count)).map(publishFrame);
  const hostile = await ScriptedClient.connect(market.target.relayUrl);
  market.takeTold();
  let isOver = false;
  const sending = sendInWaves(hostile, frames).then(() => (isOver = true));
  const tookMs: number[] = [];
  while (!isOver || tookMs.length < JOBS_DURING) tookMs.push(await market.buy());
  await sending;
  const memoryMiB = await memoryOf(market.provider);
  await pause(REST_MS);
  await hostile.close();
  const during = latencyOf(tookMs);
  return {
    flood: flood.name,
    honestJobs: tookMs.length,
    during,
    timesAlone: { p50: during.p50 / alone.p50, p99: during.p99 / alone.p99 },
    told: market.takeTold(),
    memoryMiB,
  };
}

async function sendInWaves(client: ScriptedClient, frames: readonly string[]): Promise<void> {
  for (let sent = 0; sent < frames.length; sent += WAVE) {
    for (const frame of frames.slice(sent, sent + WAVE)) client.send(frame);
    await pause(WAVE_EVERY_MS);
  }
}

function memoryOf(provider: Part): Promise<number> {
  return provider.ask<number>('memoryMiB');
}
