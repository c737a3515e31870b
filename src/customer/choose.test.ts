import {
  array,
  assert,
  bigInt,
  boolean,
  constantFrom,
  integer,
  option,
  property,
  record,
  shuffledSubarray,
} from 'fast-check';
import { expect, test } from 'vitest';
import { authored, hex32 } from '../../test/protocol/events.ts';
import { EXCHANGE_MODES, EXCHANGE_RISKS, EXPOSURES, msat } from '../protocol/index.ts';
import { cheapestOffer, type EligibleOffer } from './choose.ts';

const event = authored(hex32(1), { kind: 7000, created_at: 0, tags: [], content: '' });

function offer(told: Partial<EligibleOffer>): EligibleOffer {
  return {
    id: hex32(1),
    event,
    providerPubkey: hex32(2),
    exchange: 'hold',
    amountMsat: msat(1000n),
    bolt11: null,
    ecash: { mints: [], htlc: null },
    isPromise: false,
    promisedMsat: null,
    sample: null,
    reveal: null,
    usualSeconds: null,
    worstSeconds: null,
    validUntil: null,
    conditions: [],
    delivered: false,
    withdrawn: false,
    createdAt: 0,
    ...told,
  };
}

/** What is here and readable cannot be withheld any more. */
function rankOf({ exchange, delivered }: EligibleOffer): number {
  return delivered ? 0 : EXPOSURES.indexOf(EXCHANGE_RISKS[exchange].exposure);
}

test('takes nothing from nothing', () => {
  expect(cheapestOffer([])).toBeNull();
});

test.each<[string, Partial<EligibleOffer>, Partial<EligibleOffer>]>([
  [
    'money that comes back before a lower price that does not',
    { exchange: 'hold', amountMsat: msat(99n) },
    { exchange: 'prepay', amountMsat: msat(1n) },
  ],
  ['a sample before nothing', { exchange: 'sample', amountMsat: msat(99n) }, { exchange: 'prepay' }],
  ['what is guarded before a sample', { exchange: 'reveal', amountMsat: msat(99n) }, { exchange: 'sample' }],
  [
    'a result that is here before work that is to be paid first',
    { exchange: 'zap', delivered: true, amountMsat: msat(99n) },
    { exchange: 'prepay' },
  ],
  [
    'the cheaper of two guarded',
    { exchange: 'postpay', amountMsat: msat(1n) },
    { exchange: 'hold', amountMsat: msat(2n) },
  ],
  [
    'price before speed',
    { amountMsat: msat(1n), usualSeconds: 900 },
    { amountMsat: msat(2n), usualSeconds: 1 },
  ],
  ['what is delivered already', { delivered: true }, { usualSeconds: 0 }],
  ['the faster of two', { usualSeconds: 3 }, { usualSeconds: 4 }],
  ['a known time before an unknown one', { usualSeconds: 9999 }, { usualSeconds: null }],
  ['the earlier of two', { createdAt: 1 }, { createdAt: 2 }],
])('prefers %s', (_title, better, worse) => {
  const [good, bad] = [offer({ id: hex32(8), ...better }), offer({ id: hex32(7), ...worse })];
  expect(cheapestOffer([bad, good])).toBe(good);
  expect(cheapestOffer([good, bad])).toBe(good);
});

const offers = array(
  record({
    id: integer({ min: 0, max: 255 }).map(hex32),
    amountMsat: bigInt(0n, 3n).map(msat),
    exchange: constantFrom(...EXCHANGE_MODES),
    usualSeconds: option(integer({ min: 0, max: 3 })),
    delivered: boolean(),
    createdAt: integer({ min: 0, max: 3 }),
  }).map(offer),
  { minLength: 1, maxLength: 12 },
);

test('chooses the same offer in whatever order they came, never a dearer one that is no safer', () => {
  assert(
    property(
      offers.chain((list) =>
        shuffledSubarray(list, { minLength: list.length }).map((shuffled) => ({ list, shuffled })),
      ),
      ({ list, shuffled }) => {
        const chosen = cheapestOffer(list);
        expect(cheapestOffer(shuffled)).toEqual(chosen);
        for (const each of list) {
          const [rank, other] = [rankOf(chosen!), rankOf(each)];
          expect(rank < other || (rank === other && chosen!.amountMsat <= each.amountMsat)).toBe(true);
        }
      },
    ),
  );
});
