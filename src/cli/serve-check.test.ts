import { expect, test } from 'vitest';
import { satsToMsat, type ExchangeMode } from '../protocol/index.ts';
import { withoutEcash } from './serve-check.ts';

const offer = (exchanges?: readonly ExchangeMode[], key?: string) => ({
  settings: key === undefined ? {} : { key },
  service: { name: 'Summaries', priceMsat: satsToMsat(5), ...(exchanges === undefined ? {} : { exchanges }) },
});
const ONE_MACHINE = { isShared: false, takesEcash: true };

test.each<[string, ReturnType<typeof offer>, Parameters<typeof withoutEcash>[1], string | null]>([
  ['is sold for ecash where a mint is trusted', offer(['ecash-htlc']), ONE_MACHINE, null],
  [
    'has books that several machines share',
    offer(),
    { isShared: true, takesEcash: false },
    'several machines share',
  ],
  ['has a key of its own', offer(undefined, 'drawing'), ONE_MACHINE, 'key of its own ("drawing")'],
  [
    'names ecash without a mint',
    offer(['nutzap', 'prepay']),
    { isShared: false, takesEcash: false },
    'no mint is trusted',
  ],
  ['names no ecash', offer(['hold', 'prepay'], 'drawing'), { isShared: true, takesEcash: false }, null],
  ['says nothing of it, where no mint is trusted', offer(), { isShared: false, takesEcash: false }, null],
])('the check says what is not sold for ecash, and why: a service that %s', (_what, each, where, why) => {
  const told = withoutEcash([each], where).map(({ message }) => message);
  expect(told).toEqual(why === null ? [] : [expect.stringContaining(why)]);
});
