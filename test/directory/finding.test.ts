import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Listing, ServiceQuery } from '../../src/directory/index.ts';
import type { Signer } from '../../src/keys/index.ts';
import { buildRelayList, msat, satsToMsat } from '../../src/protocol/index.ts';
import { DAY } from '../reputation/jobs.ts';
import { openDirectoryStage, PATIENT_MS, person, type DirectoryStage } from './stage.ts';

let stage: DirectoryStage;

beforeAll(async () => {
  stage = await openDirectoryStage();
});

afterAll(() => stage.close());

/** The services of a search, each by its provider. */
function providersIn({ services }: Listing): string[] {
  return services.map(({ announcement }) => announcement.pubkey);
}

/** Why each provider was set aside. */
function reasonsIn({ setAside }: Listing): Record<string, string> {
  return Object.fromEntries(
    setAside.map(({ service, reason }) => [service.announcement.pubkey, reason.code]),
  );
}

describe('who is alive', () => {
  const [announced, running, delivering, paid, gone, stopped, stale] = Array.from({ length: 7 }, person) as [
    Signer,
    Signer,
    Signer,
    Signer,
    Signer,
    Signer,
    Signer,
  ];
  const customer = person();
  const topic = 'alive';

  beforeAll(async () => {
    const announce = async (by: Signer, daysAgo = 0) => {
      const event = {
        kind: 31990,
        created_at: stage.now - daysAgo * DAY,
        tags: [
          ['d', 'service'],
          ['k', '5050'],
          ['t', topic],
        ],
        content: JSON.stringify({ name: 'Alive' }),
      };
      await stage.publish(by, event);
    };
    for (const by of [announced, running, delivering, paid]) await announce(by);
    await announce(gone, 20);
    await announce(stale, 100);
    await announce(stopped, 1);
    for (const by of [running, delivering]) await stage.beat(by, 60);
    await stage.beat(stopped, 7200);
    await stage.job({ customer, provider: delivering, name: 'a', secondsAgo: 3600 });
    await stage.job({ customer, provider: paid, name: 'b', secondsAgo: 3600, rating: 1 });
    await stage.publish(
      paid,
      buildRelayList({ read: ['wss://paid.example'], write: [], createdAt: stage.now }),
    );
  });

  const find = (query: ServiceQuery = {}) => stage.directory().find({ topic, ...query });

  test('shows on a ladder, with what shows it', async () => {
    const listing = await find({ sort: 'liveness' });
    expect(providersIn(listing)).toEqual([paid, delivering, running, announced].map(({ pubkey }) => pubkey));
    const steps = listing.services.map(({ liveness }) => liveness.steps.map(({ step }) => step));
    expect(steps).toEqual([
      ['announced', 'replies', 'delivers', 'paid-and-delivered'],
      ['announced', 'heartbeat', 'replies', 'delivers'],
      ['announced', 'heartbeat'],
      ['announced'],
    ]);
    const best = listing.services[0];
    expect(best?.liveness.steps.at(-1)).toMatchObject({ at: stage.now - 3595, by: 'anybody' });
    expect(best?.record.paidJobs).toBe(1);
    expect(best?.relays).toEqual(['wss://paid.example']);
    expect(listing.silentRelays).toEqual([]);
  });

  test('the dead are set aside, with the reason and since when', async () => {
    const listing = await find();
    expect(reasonsIn(listing)).toEqual({
      [gone.pubkey]: 'dead',
      [stopped.pubkey]: 'dead',
      [stale.pubkey]: 'stale-announcement',
    });
    const reason = listing.setAside.find(
      ({ service }) => service.announcement.pubkey === gone.pubkey,
    )?.reason;
    expect(reason?.data).toEqual({ since: stage.now - 20 * DAY });
  });

  test('a search may ask for more life', async () => {
    const listing = await find({ minLiveness: 'delivers' });
    expect(new Set(providersIn(listing))).toEqual(new Set([paid.pubkey, delivering.pubkey]));
    expect(reasonsIn(listing)[running.pubkey]).toBe('below-liveness');
  });

  test('one provider is shown as it is, the dead too, and one that nobody knows', async () => {
    const directory = stage.directory();
    expect(await directory.provider(gone.pubkey)).toMatchObject({
      services: [{ liveness: { step: 'announced', lastSignAt: stage.now - 20 * DAY } }],
      liveness: { step: 'announced' },
    });
    const unknown = await directory.provider(person().pubkey);
    expect(unknown).toMatchObject({
      services: [],
      liveness: null,
      record: { paidJobs: 0, reliability: null },
    });
  });
});

describe('what is looked for', () => {
  const [cheap, dear, free, unpriced] = Array.from({ length: 4 }, person) as [Signer, Signer, Signer, Signer];
  const all = [cheap, dear, free, unpriced];

  beforeAll(async () => {
    await stage.announce(cheap, { kinds: [5100], name: 'Red fox painter', amount: satsToMsat(20) });
    await stage.announce(dear, {
      kinds: [5100, 5202],
      name: 'Oil painter',
      about: 'foxes, red',
      amount: satsToMsat(900),
    });
    await stage.announce(free, { kinds: [5100], name: 'Sketches', amount: 'free' });
    await stage.announce(unpriced, { kinds: [5100], name: 'Murals' });
  });

  const find = (query: ServiceQuery) => stage.directory().find({ kinds: [5100], ...query });

  test('kinds, of which one is enough', async () => {
    expect(new Set(providersIn(await find({})))).toEqual(new Set(all.map(({ pubkey }) => pubkey)));
    expect(providersIn(await find({ kinds: [5202, 5999] }))).toEqual([dear.pubkey]);
  });

  test('words in any order and case', async () => {
    const found = providersIn(await find({ text: 'RED fox' }));
    expect(new Set(found)).toEqual(new Set([cheap.pubkey, dear.pubkey]));
  });

  test('prices: the unknown is not above, and comes last', async () => {
    const listing = await find({ maxPriceMsat: satsToMsat(100), sort: 'price' });
    expect(providersIn(listing)).toEqual([free, cheap, unpriced].map(({ pubkey }) => pubkey));
    expect(listing.services.map(({ priceMsat }) => priceMsat)).toEqual([msat(0n), satsToMsat(20), null]);
    expect(reasonsIn(listing)).toEqual({ [dear.pubkey]: 'above-price' });
  });

  test('the list is cut, and says so', async () => {
    const listing = await find({ limit: 1, sort: 'price' });
    expect(providersIn(listing)).toEqual([free.pubkey]);
    expect(new Set(Object.values(reasonsIn(listing)))).toEqual(new Set(['too-many']));
  });

  test('lists of the reader go before, by key or by address', async () => {
    const address = `31990:${cheap.pubkey}:service`;
    const blocking = stage.directory({ lists: () => ({ blocked: [dear.pubkey, address], allowed: [] }) });
    expect(reasonsIn(await blocking.find({ kinds: [5100] }))).toEqual({
      [dear.pubkey]: 'blocked',
      [cheap.pubkey]: 'blocked',
    });
    const allowing = stage.directory({ lists: () => ({ blocked: [], allowed: [address] }) });
    const listing = await allowing.find({ kinds: [5100] });
    expect(providersIn(listing)).toEqual([cheap.pubkey]);
    expect(reasonsIn(listing)[free.pubkey]).toBe('not-allowed');
  });

  test('a kind whose number somebody uses for another job', async () => {
    const [virtualMachines, generic] = [person(), person()];
    const param = { required: true, values: [], description: null };
    await stage.announce(virtualMachines, { kinds: [5999], nip90Params: new Map([['os_image', param]]) });
    await stage.announce(generic, { kinds: [5999] });
    const listing = await stage.directory().find({ kinds: [5999] });
    expect(providersIn(listing)).toEqual([generic.pubkey]);
    expect(listing.setAside[0]?.reason).toMatchObject({ code: 'other-meaning', data: { variant: 'vm' } });
  });
});

describe('a flood of one key', () => {
  const kinds = [5400];
  const [flooder, stranger] = [person(), person()];

  beforeAll(async () => {
    await stage.announce(stranger, { kinds, createdAt: stage.now - 100 });
    for (let one = 0; one < 8; one++) await stage.announce(flooder, { kinds, identifier: `flood ${one}` });
  });

  test('has a small share of a search', async () => {
    const listing = await stage.directory().find({ kinds });
    const found = providersIn(listing);
    expect(found.filter((pubkey) => pubkey === flooder.pubkey)).toHaveLength(5);
    expect(new Set(found)).toEqual(new Set([flooder.pubkey, stranger.pubkey]));
  });
});

describe('announcements', () => {
  test('the newest of an address counts, and one that its author deleted does not', async () => {
    const provider = person();
    const other = await openDirectoryStage();
    try {
      const old = { identifier: 'old', kinds: [5250] };
      const renamed = { identifier: 'renamed', kinds: [5250] };
      await stage.announce(provider, { ...old, createdAt: stage.now - 100 });
      await stage.announce(provider, { ...renamed, name: 'After', createdAt: stage.now - 50 });
      await other.announce(provider, { ...renamed, name: 'Before', createdAt: stage.now - 60 });
      const stranger = person();
      for (const [by, name] of [
        [provider, 'old'],
        [stranger, 'renamed'],
      ] as const)
        await other.publish(by, {
          kind: 5,
          created_at: stage.now,
          tags: [['a', `31990:${provider.pubkey}:${name}`]],
          content: '',
        });
      const relayUrls = [other.relays.relay.url, stage.relays.relay.url];
      const listing = await stage.directory({ relayUrls }).find({ kinds: [5250] });
      expect(listing.services.map(({ announcement }) => announcement.name)).toEqual(['After']);
      expect(listing.setAside.map(({ reason }) => reason.code)).toEqual(['withdrawn']);
    } finally {
      await other.close();
    }
  });

  test('apps that announce themselves are no services', async () => {
    const app = person();
    await stage.publish(app, {
      kind: 31990,
      created_at: stage.now,
      tags: [
        ['d', 'app'],
        ['k', '1'],
      ],
      content: '',
    });
    const listing = await stage.directory().find({});
    expect([...providersIn(listing), ...Object.keys(reasonsIn(listing))]).not.toContain(app.pubkey);
  });
});

describe('a search that is cut short', () => {
  test('names relays that did not answer, and shows what the others have', async () => {
    const provider = person();
    await stage.announce(provider, { kinds: [5300] });
    const directory = stage.directory({ relayUrls: ['ws://127.0.0.1:1', stage.relays.relay.url] });
    const listing = await directory.find({ kinds: [5300] });
    expect(providersIn(listing)).toEqual([provider.pubkey]);
    expect(listing.silentRelays).toEqual(['ws://127.0.0.1:1']);
  });

  test('ends with the signal, and with the directory', async () => {
    const directory = stage.directory();
    expect((await directory.find({}, { signal: AbortSignal.abort() })).services).toEqual([]);
    const looking = directory.find({});
    await directory.close();
    expect((await looking).services).toEqual([]);
    expect((await directory.find({})).services).toEqual([]);
  });

  test('leaves no subscription behind, however it ends', async () => {
    const subscriptions = () => stage.relays.relay.stats().subscriptions;
    const directory = stage.directory();
    expect((await directory.find({})).services).not.toEqual([]);
    const looking = directory.find({});
    directory.records([person().pubkey]);
    await directory.close();
    await looking;
    await vi.waitFor(() => expect(subscriptions()).toBe(0), { timeout: PATIENT_MS });
    directory.records([person().pubkey]);
    expect(await directory.gather([person().pubkey])).toHaveProperty('size', 1);
    expect(subscriptions()).toBe(0);
  });
});
