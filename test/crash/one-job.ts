import { expect } from 'vitest';
import type { Part, PartProcess, World } from './world.ts';

/** What one job costs in these tests. */
export const PRICE_MSAT = 7000n;

/** How a job must end; `refunded`: it was paid, and all of it came back. `given`: it was free. */
export type Ending = 'delivered' | 'failed' | 'refunded' | 'given';

/** How often a job is bought until its part passes the checkpoint: some are passed only when messages cross. */
const TRIES = 5;

let jobs = 0;

/**
 * Buys a job while one part is killed at a checkpoint and started again, and shows that it ended once: one
 * result or none, paid once or not at all, to the millisat. Fails when the checkpoint is never passed.
 */
export async function killAt(world: World, part: Part, crashAt: string, ending: Ending): Promise<void> {
  for (let tries = 0; tries < TRIES; tries++) if (await oneJob(world, ending, { part, crashAt })) return;
  expect.fail(`${part} never passed ${crashAt} in ${TRIES} jobs`);
}

/** Buys a job; returns whether the part to be killed was killed. */
export async function oneJob(
  world: World,
  ending: Ending,
  kill?: { readonly part: Part; readonly crashAt: string },
): Promise<boolean> {
  const text = `${ending} ${++jobs}`;
  for (const part of ['bank', 'provider', 'customer'] as const) await world.part(part);
  const before = await world.balances();
  const victim = kill ? await world.doomed(kill.part, kill.crashAt) : null;
  let ended = finish(world, text, ending);
  const killed = victim !== null && (await diesBefore(victim, ended));
  if (killed) ended = finish(world, text, ending);
  const requestId = await ended;

  const paid = ending === 'delivered' ? PRICE_MSAT : 0n;
  expect(await world.balances()).toEqual({
    provider: before.provider + paid,
    customer: before.customer - paid,
  });
  expect(await world.results(requestId)).toHaveLength(ending === 'delivered' || ending === 'given' ? 1 : 0);
  return killed;
}

/** Asks for the job, once however often it is called, and waits until both sides have ended it as they should. */
async function finish(world: World, text: string, ending: Ending): Promise<string> {
  const seller = await world.part('provider');
  const buyer = await world.part('customer');
  await world.part('bank');
  const { pubkey } = await seller.until(({ t }) => t === 'ready');
  buyer.send(`${String(pubkey)} ${text}`);
  const told = await buyer.until(
    (line) =>
      line.t === 'ended' && line['text'] === text && (ending !== 'refunded' || line['state'] === 'refunded'),
  );
  expect([told['state'], told['paid']]).toEqual(ENDS[ending]);
  const requestId = told['requestId'] as string;
  await seller.until(
    (line) =>
      line.t === 'sale' && line['requestId'] === requestId && isEnd(line['work'], line['money'], ending),
  );
  return requestId;
}

/** How its customer tells of it. A failed job was held and given back, or given back before anybody saw it held. */
const ENDS: Readonly<Record<Ending, readonly [state: unknown, paid: boolean]>> = {
  delivered: ['received', true],
  failed: [expect.stringMatching(/^(refunded|expired)$/), false],
  refunded: ['refunded', true],
  given: ['received', false],
};

/** Whether the victim is killed before the job has ended. */
async function diesBefore(victim: PartProcess, finished: Promise<string>): Promise<boolean> {
  const ended = finished.then(
    () => null,
    (error: unknown) => {
      if (victim.isRunning()) throw error; // else it waited for parts that are gone
      return null;
    },
  );
  await Promise.race([victim.exited, ended]);
  if (victim.isRunning()) return false;
  const { signal, code } = await victim.exited;
  if (signal !== 'SIGKILL') throw new Error(`the victim ended by itself with ${code ?? signal}`);
  return true;
}

function isEnd(work: unknown, money: unknown, ending: Ending): boolean {
  const ends = { delivered: 'settled', failed: 'released', refunded: 'refunded', given: 'none' };
  const isDone = ending === 'delivered' || ending === 'given';
  return work === (isDone ? 'closed' : 'failed') && money === ends[ending];
}
