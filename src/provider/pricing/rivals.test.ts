import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildFeedback, satsToMsat, type NostrEvent } from '../../protocol/index.ts';
import { RivalBook } from './rivals.ts';

const key = (name: number) => name.toString(16).padStart(64, '0');
const [OWN, OTHER_OWN, CUSTOMER] = [key(1), key(2), key(3)];
const request = { id: key(9), customerPubkey: CUSTOMER };

function event(pubkey: string, template: Parameters<typeof buildFeedback>[0]): NostrEvent {
  return { ...buildFeedback(template), id: key(1000), pubkey, sig: 'cc'.repeat(64) };
}
const asked = { id: request.id, pubkey: CUSTOMER, kind: 5050, created_at: 1, tags: [], content: '', sig: '' };

const offer = (
  pubkey: string,
  sats: number,
  told: Partial<Parameters<typeof buildFeedback>[0]> = {},
  id = request.id,
) =>
  event(pubkey, {
    request: { ...asked, id },
    status: 'payment-required',
    amountMsat: satsToMsat(sats),
    createdAt: 10,
    ...told,
  });

const book = (...events: NostrEvent[]) => {
  const heard = new RivalBook([OWN, OTHER_OWN]);
  for (const each of events) heard.hear(each);
  return heard;
};
const amounts = (heard: RivalBook, now = 20) =>
  heard.offersFor(request, now).map(({ amountMsat }) => amountMsat / 1000n);

test('the offers of others stand, cheapest first; ours and those of the customer are none', () => {
  const heard = book(
    offer(key(5), 9),
    offer(key(6), 7),
    offer(OWN, 1),
    offer(OTHER_OWN, 2),
    offer(CUSTOMER, 3),
  );
  expect(amounts(heard)).toEqual([7n, 9n]);
});

test('of each provider the latest offer counts, and none that it took back or that has run out', () => {
  const again = book(
    offer(key(5), 9),
    offer(key(5), 12, { createdAt: 11 }),
    offer(key(5), 1, { createdAt: 9 }),
  );
  expect(amounts(again)).toEqual([12n]);
  const takenBack = event(key(5), { request: asked, status: 'error', createdAt: 12 });
  expect(amounts(book(offer(key(5), 9), takenBack))).toEqual([]);
  const short = book(offer(key(5), 9, { validUntil: 20 }));
  expect([amounts(short, 19), amounts(short, 20)]).toEqual([[9n], []]);
});

test('what names no price is no offer', () => {
  const free = {
    ...offer(key(5), 9),
    tags: [
      ['e', request.id],
      ['status', 'payment-required'],
    ],
  };
  const unclear = { ...free, tags: [...free.tags, ['amount', '1000', '2000']] };
  const nothing = { ...free, tags: [...free.tags, ['amount', '0']] };
  expect(amounts(book(free, unclear, nothing, { ...free, kind: 6050 }))).toEqual([]);
});

test('a flood of keys and requests leaves the cheapest of each, and bounded memory', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ name: fc.integer({ min: 10, max: 60 }), sats: fc.integer({ min: 1, max: 99 }) }), {
        minLength: 1,
        maxLength: 120,
      }),
      (offers) => {
        const heard = book(
          ...offers.map(({ name, sats }, at) => offer(key(name), sats, { createdAt: 10 + at })),
        );
        const standing = amounts(heard);
        expect(standing.length).toBeLessThanOrEqual(8);
        expect(standing).toEqual(standing.toSorted((one, other) => Number(one - other)));
        // The latest offer stands where it is cheaper than everything before it.
        const last = offers.at(-1);
        const isCheapest = offers.slice(0, -1).every(({ sats }) => sats > (last?.sats ?? 0));
        if (isCheapest) expect(standing[0]).toBe(BigInt(last?.sats ?? 0));
      },
    ),
  );
  const heard = book();
  for (let each = 0; each < 2100; each++) heard.hear(offer(key(5), 9, {}, key(10_000 + each)));
  const standing = (each: number) => heard.offersFor({ ...request, id: key(10_000 + each) }, 20).length;
  expect([standing(0), standing(99), standing(100), standing(2099)]).toEqual([0, 0, 1, 1]);
});

test('how often less was asked is remembered for each request', () => {
  const heard = book();
  heard.noteRequote(request.id);
  heard.noteRequote(request.id);
  expect([heard.requotesFor(request.id), heard.requotesFor(key(8))]).toEqual([2, 0]);
});
