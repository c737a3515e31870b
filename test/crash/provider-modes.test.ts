import { afterAll, beforeAll, describe, test } from 'vitest';
import { killAt } from './one-job.ts';
import { MODE_POINTS } from './points.ts';
import { openWorld, type World } from './world.ts';

const MODES = ['prepay', 'postpay', 'sample', 'reveal'] as const;

describe.each(MODES)('kill -9 of a provider that sells by %s: delivered once and paid once', (exchange) => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ exchange });
  }, 60_000);
  afterAll(() => world.close(), 60_000);

  test.each(MODE_POINTS[exchange])(
    'at %s (%s)',
    (at, ending) => killAt(world, 'provider', at, ending),
    240_000,
  );
});
