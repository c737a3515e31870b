import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { RelayPace } from './relay-pace.ts';

const LIMITED = { relay: 'a', outcome: 'retry', message: 'rate-limited: slow down' } as const;

it('lets each relay have so much a second, whoever asks', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(100), { minLength: 20, maxLength: 200 }), (pauses) => {
      const pace = new RelayPace();
      let [now, admitted] = [0, 0];
      for (const pause of pauses) {
        now += pause;
        admitted += pace.admit(['a'], now).length;
      }
      expect(admitted).toBeLessThanOrEqual(now / 100 + 1);
      expect(pace.admit(['b'], now)).toEqual(['b']);
    }),
  );
});

it('leaves a relay alone that says it is too fast, longer each time, and comes back slowly', () => {
  const pace = new RelayPace();
  pace.hear(LIMITED, 0);
  expect([pace.admit(['a'], 999), pace.admit(['a'], 1000)]).toEqual([[], ['a']]);
  pace.hear(LIMITED, 1000);
  expect([pace.admit(['a'], 2999), pace.admit(['a'], 3000)]).toEqual([[], ['a']]);
  for (let times = 0; times < 20; times++) pace.hear(LIMITED, 3000);
  expect(pace.admit(['a'], 33_000)).toEqual(['a']);
  const accepted = { relay: 'a', outcome: 'accepted', message: '' } as const;
  for (let times = 0; times < 20; times++) pace.hear(accepted, 33_000);
  expect(pace.admit(['a'], 33_200)).toEqual(['a']);
  expect(pace.admit(['a'], 33_300)).toEqual(['a']);
});
