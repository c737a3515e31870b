import { afterAll, beforeAll, describe, test } from 'vitest';
import { killAt } from './one-job.ts';
import { BANK_POINTS } from './points.ts';
import { openWorld, type World } from './world.ts';

describe('kill -9 of the bank: each job is delivered once and paid once, or neither', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  }, 60_000);
  afterAll(() => world.close(), 60_000);

  test.each(BANK_POINTS)('at %s (%s)', (at, ending) => killAt(world, 'bank', at, ending), 240_000);
});
