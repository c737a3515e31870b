import { expect, test } from 'vitest';
import { PRICE_MSAT } from './one-job.ts';
import { openWorld, type Part, type PartProcess, type World } from './world.ts';

/** A failing run is replayed with the seed it prints: the same jobs, victims and pauses. */
const SEED = Number(process.env['COINOP_CRASH_SEED'] ?? Date.now() % 1_000_000);
const KILLS = Number(process.env['COINOP_CRASH_KILLS'] ?? 8);
const JOBS_PER_KILL = 3;
const UNPAID_ENDS = new Set(['released', 'lapsed']);
const PARTS: readonly Part[] = ['provider', 'customer', 'bank'];

interface Job {
  readonly text: string;
  /** The bank was killed while the job was bought. */
  lostBank: boolean;
}

test(
  `kill -9 at random moments, seed ${SEED}: every job ends once and the balances agree`,
  async () => {
    const world = await openWorld();
    try {
      const random = randomOf(SEED);
      for (const part of ['bank', 'provider', 'customer'] as const) await world.part(part);
      const before = await world.balances();
      const jobs: Job[] = [];
      for (let kill = 0; kill < KILLS; kill++) {
        const texts = Array.from({ length: JOBS_PER_KILL }, (_, index) =>
          random() < 0.25 ? `failed ${kill}-${index}` : `delivered ${kill}-${index}`,
        );
        const victim = PARTS[Math.floor(random() * PARTS.length)] ?? 'bank';
        jobs.push(...texts.map((text) => ({ text, lostBank: false })));
        // Jobs of the round before may still be unpaid, too.
        if (victim === 'bank') for (const job of jobs.slice(-2 * JOBS_PER_KILL)) job.lostBank = true;
        await killDuring(world, texts, victim, random() * 2500);
      }
      await checkAll(world, jobs, before);
    } catch (error) {
      throw new Error(`COINOP_CRASH_SEED=${SEED} replays this`, { cause: error });
    } finally {
      await world.close();
    }
  },
  120_000 + KILLS * 60_000,
);

/** Buys the jobs and kills the part after the pause, whatever it is doing then. */
async function killDuring(
  world: World,
  texts: readonly string[],
  part: Part,
  pauseMs: number,
): Promise<void> {
  await ask(world, texts);
  const victim = await world.part(part);
  // The pause is the experiment, not a wait for something to be ready.
  await new Promise((resolve) => setTimeout(resolve, pauseMs));
  victim.kill();
  await victim.exited;
  await world.part(part);
  if (part === 'customer') await ask(world, texts);
}

async function checkAll(
  world: World,
  jobs: readonly Job[],
  before: { provider: bigint; customer: bigint },
): Promise<void> {
  const customer = await ask(
    world,
    jobs.map(({ text }) => text),
  );
  let paid = 0n;
  for (const { text, lostBank } of jobs) {
    const wanted = text.startsWith('delivered');
    const told = await customer.until(
      // Content in hand is passed on before its payment settles, where that takes long.
      (line) => line.t === 'ended' && line['text'] === text && endsJob(line, wanted, lostBank),
      110_000,
    );
    const delivered = told['paid'] === true;
    const requestId = told['requestId'] as string;
    const provider = await world.part('provider');
    await provider.until(
      (line) =>
        line.t === 'sale' &&
        line['requestId'] === requestId &&
        (delivered
          ? line['work'] === 'closed' && line['money'] === 'settled'
          : UNPAID_ENDS.has(String(line['money'])) && (lostBank || line['money'] === 'released')),
      110_000,
    );
    expect([text, told['state'], told['paid']]).toEqual(
      delivered ? [text, 'received', true] : [text, expect.stringMatching(/^(refunded|expired)$/), false],
    );
    expect(await world.results(requestId)).toHaveLength(delivered ? 1 : 0);
    if (delivered) paid += PRICE_MSAT;
  }
  expect(await world.balances()).toEqual({
    provider: before.provider + paid,
    customer: before.customer - paid,
  });
}

/** A payment that dies with the bank before it began is never sent again blindly: such a job may lapse unpaid. */
function endsJob(line: Readonly<Record<string, unknown>>, wanted: boolean, lostBank: boolean): boolean {
  if (!wanted) return line['paid'] === false;
  return line['paid'] === true || (lostBank && line['state'] === 'expired');
}

/** Sends the wishes; those that an earlier life of the customer has booked are not bought again. */
async function ask(world: World, texts: readonly string[]): Promise<PartProcess> {
  const { pubkey } = await (await world.part('provider')).until(({ t }) => t === 'ready');
  const customer = await world.part('customer');
  for (const text of texts) customer.send(`${String(pubkey)} ${text}`);
  return customer;
}

/** mulberry32: small, seeded, good enough to choose victims. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
