import { afterAll, beforeAll, describe, test } from 'vitest';
import { killAt } from './one-job.ts';
import { CUSTOMER_POINTS } from './points.ts';
import { openWorld, type World } from './world.ts';

describe('kill -9 of the customer: each job is delivered once and paid once, or neither', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  }, 60_000);
  afterAll(() => world.close(), 60_000);

  test.each(CUSTOMER_POINTS)('at %s (%s)', (at, ending) => killAt(world, 'customer', at, ending), 240_000);
});
