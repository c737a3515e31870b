/**
 * What open jobs cost a provider: it starts on books with none and with 100,000 of them (half of them wait for their
 * payment, half for a worker), in processes of their own. `node bench/open-jobs.ts [jobs]`, about five minutes. Takes the
 * time until it serves again, what new jobs take while it goes through the old ones, and its memory.
 */
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { unixNow } from '../src/clock/index.ts';
import { fastSecretKeySigner, loadOrCreateKeyFile } from '../src/keys/node.ts';
import { openSqlLedger } from '../src/ledger/sql.ts';
import { findTag, orThrow } from '../src/protocol/index.ts';
import { monotonicMs } from './clock.ts';
import { bookOpenSales, OPEN_JOB_SERVICES } from './open-sales.ts';
import type { Memory, RestartMarks } from './open-jobs-process.ts';
import { thisMachine } from './report.ts';
import { ScriptedClient, publishFrame } from './scripted-client.ts';
import { newSigner, signRequest } from './signed-jobs.ts';
import { openParts } from './stage.ts';
import { latencyOf } from './statistics.ts';
import type { MarketFacts } from './market-process.ts';

/** Long enough for several sweeps over all open sales. */
const WATCHED_MS = 90_000;
/** How often somebody asks for new work. */
const ASKED_EVERY_MS = 100;

const [most = 100_000] = process.argv.slice(2).map(Number);
const loadBefore = loadavg()[0];
const runs = [];
for (const jobs of [0, most]) runs.push(await measureRestart(jobs));
const machine = { ...thisMachine(), load: { before: loadBefore, after: loadavg()[0] } };
console.log(JSON.stringify({ machine, runs }, null, 2));

async function measureRestart(jobs: number) {
  const stage = await openParts(async (start, dir) => {
    const market = await start('market', [dir]);
    const { relayUrl } = await market.ask<MarketFacts>('facts');
    return { start, dir: join(dir, 'provider'), relayUrl };
  });
  try {
    const { dir, relayUrl } = stage;
    const { secretKey } = orThrow(await loadOrCreateKeyFile(join(dir, 'key')));
    const providerPubkey = fastSecretKeySigner(secretKey).pubkey;
    const ledger = openSqlLedger({ path: join(dir, 'ledger.sqlite'), now: unixNow });
    const bookedFrom = monotonicMs();
    const paidHash = await bookOpenSales(ledger, { count: jobs, providerPubkey, relayUrl });
    const bookingSeconds = (monotonicMs() - bookedFrom) / 1000;
    await ledger.close();
    const client = await ScriptedClient.connect(relayUrl);
    await client.subscribe({ kinds: [OPEN_JOB_SERVICES.fresh.kind + 1000], authors: [providerPubkey] });
    const wish = {
      kind: OPEN_JOB_SERVICES.fresh.kind,
      customer: newSigner(),
      target: providerPubkey,
      relayUrl,
    };
    const asked = new Map<string, (at: number) => void>();
    client.onEvent = (result) => asked.get(findTag(result, 'e')?.[1] ?? '')?.(monotonicMs());
    const ask = async () => {
      const request = await signRequest(wish);
      const answered = new Promise<number>((resolve) => asked.set(request.id, resolve));
      const sentAt = monotonicMs();
      client.send(publishFrame(request));
      return { tookMs: answered.then((at) => at - sentAt), answered };
    };

    const startedAt = monotonicMs();
    const first = await ask(); // stands on the relay when the provider comes
    const provider = await stage.start('open-jobs', [dir, relayUrl, paidHash]);
    const servedAt = await first.answered;
    const tookMs: number[] = [];
    const watchedUntil = startedAt + WATCHED_MS;
    const cpuBefore = await provider.ask<number>('cpuMs');
    const watchedFrom = monotonicMs();
    while (monotonicMs() < watchedUntil) {
      tookMs.push(await (await ask()).tookMs);
      await pause(ASKED_EVERY_MS);
    }
    const cpuShare = ((await provider.ask<number>('cpuMs')) - cpuBefore) / (monotonicMs() - watchedFrom);
    const marks = await provider.ask<RestartMarks>('marks');
    const memory = await provider.ask<Memory>('memory');
    const lookups = await provider.ask<number>('lookups');
    await client.close();
    const after = (at: number | null) => (at === null ? null : Math.round(at - startedAt));
    return {
      jobs,
      bookingSeconds: Math.round(bookingSeconds),
      listeningAfterMs: after(marks.heardAt),
      firstResultAfterMs: after(servedAt),
      firstOldWorkAfterMs: after(marks.firstWorkAt),
      paymentSeenAfterMs: after(marks.paymentSeenAt),
      newJobs: tookMs.length,
      newJobMs: latencyOf(tookMs),
      slowestMs: Math.max(...tookMs),
      cpuShare,
      lookups,
      memory,
    };
  } finally {
    await stage.close();
  }
}
