import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Signer } from '../../src/keys/index.ts';
import { buildRelayList, FAVOURITES_KIND, orThrow, type NostrEvent } from '../../src/protocol/index.ts';
import { openDirectoryStage, person, type DirectoryStage } from './stage.ts';

let stage: DirectoryStage;

beforeAll(async () => {
  stage = await openDirectoryStage();
});

afterAll(() => stage.close());

const addressOf = (provider: Signer, name = 'service') => `31990:${provider.pubkey}:${name}`;

/** The list as the relay has it. */
async function listOf(signer: Signer, on = stage): Promise<NostrEvent | null> {
  const filters = [{ kinds: [FAVOURITES_KIND], authors: [signer.pubkey] }];
  return (await on.relays.openPool().query([on.relays.relay.url], filters))[0] ?? null;
}

test('an entry is added to the list that is there, and everything else in it stays', async () => {
  const [signer, theirs, ours] = [person(), person(), person()];
  const tags = [
    ['title', 'Mine'],
    ['a', addressOf(theirs), 'wss://theirs.example'],
    ['x', 'of another client'],
  ];
  await stage.publish(signer, {
    kind: FAVOURITES_KIND,
    created_at: stage.now,
    tags,
    content: 'private?iv=entries',
  });
  const directory = stage.directory({ signer });
  orThrow(await directory.addFavourite(addressOf(ours)));
  expect(await listOf(signer)).toMatchObject({
    tags: [...tags, ['a', addressOf(ours)]],
    content: 'private?iv=entries',
    created_at: stage.now + 1,
  });
  const listed = orThrow(await directory.favourites());
  expect(listed.map(({ pubkey }) => pubkey)).toEqual([theirs.pubkey, ours.pubkey]);
  orThrow(await directory.removeFavourite(addressOf(ours)));
  expect((await listOf(signer))?.tags).toEqual(tags);
});

test('what is there already, or is not there, publishes nothing', async () => {
  const [signer, provider] = [person(), person()];
  const directory = stage.directory({ signer });
  orThrow(await directory.removeFavourite(addressOf(provider)));
  expect(await listOf(signer)).toBeNull();
  orThrow(await directory.addFavourite(addressOf(provider)));
  const first = await listOf(signer);
  orThrow(await directory.addFavourite(addressOf(provider)));
  expect(await listOf(signer)).toEqual(first);
});

test('changes at the same time do not lose each other', async () => {
  const [signer, provider] = [person(), person()];
  const directory = stage.directory({ signer });
  const names = ['a', 'b', 'c'];
  await Promise.all(
    names.map(async (name) => orThrow(await directory.addFavourite(addressOf(provider, name)))),
  );
  expect((await listOf(signer))?.tags.map(([, address]) => address)).toEqual(
    names.map((name) => addressOf(provider, name)),
  );
});

test('nothing is written while a relay may have a newer list', async () => {
  const [signer, provider] = [person(), person()];
  const relayUrls = [stage.relays.relay.url, 'ws://127.0.0.1:1'];
  const directory = stage.directory({ signer, relayUrls });
  expect(await directory.addFavourite(addressOf(provider))).toMatchObject({
    ok: false,
    failure: { code: 'list-unread', data: { relays: ['ws://127.0.0.1:1'] } },
  });
  expect(await listOf(signer)).toBeNull();
});

describe('a key that writes to other relays', () => {
  let elsewhere: DirectoryStage;
  beforeAll(async () => {
    elsewhere = await openDirectoryStage();
  });
  afterAll(() => elsewhere.close());

  const writesTo = (signer: Signer, url: string) =>
    stage.publish(signer, buildRelayList({ read: [], write: [url], createdAt: stage.now }));

  test('has its list there read, and written there and here', async () => {
    const [signer, theirs, ours] = [person(), person(), person()];
    await writesTo(signer, elsewhere.relays.relay.url);
    const tags = [['a', addressOf(theirs)]];
    await elsewhere.publish(signer, { kind: FAVOURITES_KIND, created_at: stage.now, tags, content: '' });
    orThrow(await stage.directory({ signer }).addFavourite(addressOf(ours)));
    const both = [...tags, ['a', addressOf(ours)]];
    expect((await listOf(signer))?.tags).toEqual(both);
    expect((await listOf(signer, elsewhere))?.tags).toEqual(both);
  });

  test('begins no new list while one of them is silent, and changes one that is known', async () => {
    const [signer, provider] = [person(), person()];
    await writesTo(signer, 'ws://127.0.0.1:1');
    const directory = stage.directory({ signer });
    expect(await directory.addFavourite(addressOf(provider))).toMatchObject({
      ok: false,
      failure: { code: 'list-unread', data: { relays: ['ws://127.0.0.1:1'] } },
    });
    await stage.publish(signer, { kind: FAVOURITES_KIND, created_at: stage.now, tags: [], content: '' });
    orThrow(await directory.addFavourite(addressOf(provider)));
    expect((await listOf(signer))?.tags).toEqual([['a', addressOf(provider)]]);
  });
});

test('a favourite is an announcement, and belongs to a key', async () => {
  const signer = person();
  const codes = await Promise.all([
    stage.directory({ signer }).addFavourite(`30023:${signer.pubkey}:article`),
    stage.directory({ signer }).addFavourite('nothing'),
    stage.directory().addFavourite(addressOf(signer)),
    stage.directory().favourites(),
  ]);
  expect(codes.map((outcome) => (outcome.ok ? 'fine' : outcome.failure.code))).toEqual([
    'not-a-service',
    'not-a-service',
    'no-signer',
    'no-signer',
  ]);
});

test('a search can be for favourites only', async () => {
  const [signer, liked, other] = [person(), person(), person()];
  for (const provider of [liked, other]) await stage.announce(provider, { kinds: [5303] });
  const directory = stage.directory({ signer });
  orThrow(await directory.addFavourite(addressOf(liked)));
  const listing = await directory.find({ kinds: [5303], favouritesOnly: true });
  expect(listing.services.map(({ announcement, favourite }) => [announcement.pubkey, favourite])).toEqual([
    [liked.pubkey, true],
  ]);
  expect(listing.setAside.map(({ reason }) => reason.code)).toEqual(['not-favourite']);
});
