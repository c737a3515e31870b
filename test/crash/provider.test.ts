import { afterAll, beforeAll, describe, test } from 'vitest';
import { killAt } from './one-job.ts';
import { PROVIDER_POINTS } from './points.ts';
import { openWorld, type World } from './world.ts';

describe('kill -9 of the provider: each job is delivered once and paid once, or neither', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  }, 60_000);
  afterAll(() => world.close(), 60_000);

  test.each(PROVIDER_POINTS)('at %s (%s)', (at, ending) => killAt(world, 'provider', at, ending), 240_000);
});
