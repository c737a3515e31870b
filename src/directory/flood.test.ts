import { expect, test } from 'vitest';
import { buildAnnouncement, formatAddress, orThrow, parseAnnouncement } from '../protocol/index.ts';
import { authored, OTHER_PROVIDER, PROVIDER, STRANGER } from '../../test/protocol/events.ts';
import { findAnnouncements, type AnnouncedService } from './announcements.ts';
import type { AskRelays } from './ask-relays.ts';
import { candidatesAmong } from './familiar.ts';

function serviceOf(pubkey: string, identifier: string, createdAt: number): AnnouncedService {
  const draft = {
    identifier,
    kinds: [5050],
    name: identifier,
    about: '',
    amount: 'flexible',
    supportsEncryption: false,
    acceptsNutzaps: false,
    nip90Params: new Map(),
    createdAt,
  } as const;
  const announcement = orThrow(parseAnnouncement(authored(pubkey, buildAnnouncement(draft))));
  return { address: formatAddress({ kind: 31990, pubkey, identifier }), announcement };
}

test('what the reader named comes first, then whom it bought from, and nobody has more than a few', () => {
  const flood = Array.from({ length: 600 }, (_, one) => serviceOf(STRANGER, `flood ${one}`, 2000 + one));
  const named = serviceOf(STRANGER, 'named', 1);
  const allowed = serviceOf(OTHER_PROVIDER, 'allowed', 2);
  const bought = serviceOf(PROVIDER, 'bought', 3);
  const familiar = {
    favourites: new Set([named.address]),
    named: new Set([named.address, OTHER_PROVIDER]),
    pubkeys: [OTHER_PROVIDER, PROVIDER],
    salt: '',
  };
  const found = candidatesAmong([...flood, bought, allowed, named], familiar);
  expect(found.map(({ announcement }) => announcement.identifier)).toEqual([
    'named',
    'bought',
    'allowed',
    'flood 599',
    'flood 598',
    'flood 597',
    'flood 596',
  ]);
});

test('many keys that announce last do not take all the places of older strangers', () => {
  // Addresses are as they were signed; a key each is cheaper to number than to make.
  const byKey = (number: number, createdAt: number): AnnouncedService => {
    const { address, announcement } = serviceOf(STRANGER, `s${number}`, createdAt);
    const pubkey = number.toString(16).padStart(64, '0');
    return { address: `${address} ${number}`, announcement: { ...announcement, pubkey } };
  };
  const honest = Array.from({ length: 300 }, (_, one) => byKey(one, 1000 + one));
  const flood = Array.from({ length: 900 }, (_, one) => byKey(1000 + one, 5000 + one));
  const familiar = { favourites: new Set<string>(), named: new Set<string>(), pubkeys: [], salt: '' };
  const found = (salt: string) => candidatesAmong([...flood, ...honest], { ...familiar, salt });
  const shares = ['one', 'two', 'three'].map((salt) => {
    expect(new Set(found(salt)).size).toBe(500);
    return found(salt).filter((service) => honest.includes(service)).length;
  });
  for (const share of shares) expect(share).toBeGreaterThan(30);
  expect(found('one')).toEqual(found('one'));
  expect(found('one')).not.toEqual(found('two'));
  expect(candidatesAmong(honest, familiar)).toHaveLength(300);
});

test('a flood that fills the answers of a relay hides neither older strangers nor whom the reader knows', async () => {
  const flood = Array.from({ length: 1500 }, (_, one) => serviceOf(STRANGER, `flood ${one}`, 2000 + one));
  const [older, oldest] = [serviceOf(PROVIDER, 'older', 1000), serviceOf(OTHER_PROVIDER, 'oldest', 1)];
  const further = Array.from({ length: 4000 }, (_, one) =>
    serviceOf(STRANGER, `further ${one}`, 2 + (one % 990)),
  );
  const events = [...flood, older, ...further, oldest].map(({ announcement }) => announcement.event);
  const relay: AskRelays = (filters) => {
    const told = filters.flatMap(({ authors, until = Infinity, limit }) =>
      events
        .filter(({ pubkey, created_at }) => created_at <= until && authors?.includes(pubkey) !== false)
        .toSorted((left, right) => right.created_at - left.created_at)
        .slice(0, limit),
    );
    return Promise.resolve({ events: told, silent: [] });
  };
  const found = async (familiar: readonly string[]) => {
    const wanted = { kinds: [5050], familiar: Promise.resolve(familiar), now: 10_000 };
    const { services } = await findAnnouncements(relay, wanted, undefined);
    return [older, oldest].map(({ address }) => services.some((service) => service.address === address));
  };
  expect(await found([])).toEqual([true, false]);
  expect(await found([OTHER_PROVIDER])).toEqual([true, true]);
});
