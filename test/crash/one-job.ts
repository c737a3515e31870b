import { expect } from 'vitest';
import type { Part, PartProcess, World } from './world.ts';

/** What one job costs in these tests. */
export const PRICE_MSAT = 7000n;

/** How a job must end. */
export type Ending = 'delivered' | 'failed';

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
  let victim: PartProcess | null = null;
  if (kill) {
    victim = await world.start(kill.part, { crashAt: kill.crashAt });
    await Promise.race([victim.exited, victim.until(({ t }) => t === 'ready')]);
  }
  const buying = await world.part('customer');
  buying.send(text);

  const ended = victim
    ? await Promise.race([victim.exited, buying.until(isAbout(text)).then(() => null)])
    : null;
  const killed = ended?.signal === 'SIGKILL';
  if (ended && !killed) throw new Error(`${kill?.part} ended by itself with ${ended.code}`);
  for (const part of ['bank', 'provider', 'customer'] as const) await world.part(part);
  const buyer = await world.part('customer');
  if (killed && kill?.part === 'customer') buyer.send(text);

  const told = await buyer.until(isAbout(text));
  expect(told).toMatchObject(
    ending === 'delivered' ? { state: 'received', paid: true } : { state: 'refunded', paid: false },
  );
  const requestId = told['requestId'] as string;
  const seller = await world.part('provider');
  await seller.until(
    (line) =>
      line.t === 'sale' && line['requestId'] === requestId && isEnd(line['work'], line['money'], ending),
  );
  const paid = ending === 'delivered' ? PRICE_MSAT : 0n;
  expect(await world.balances()).toEqual({
    provider: before.provider + paid,
    customer: before.customer - paid,
  });
  expect(await world.results(requestId)).toHaveLength(ending === 'delivered' ? 1 : 0);
  return killed;
}

/** The checkpoints that a running part has passed. */
export async function passedBy(world: World, part: Part): Promise<string[]> {
  const { lines } = await world.part(part);
  return lines.flatMap((line) => (line.t === 'checkpoint' ? [line['name'] as string] : []));
}

function isAbout(text: string) {
  return (line: { readonly t: string; readonly text?: unknown }) => line.t === 'ended' && line.text === text;
}

function isEnd(work: unknown, money: unknown, ending: Ending): boolean {
  return ending === 'delivered'
    ? work === 'closed' && money === 'settled'
    : work === 'failed' && money === 'released';
}
