import NDK, { NDKDVMRequest, NDKEvent, NDKPrivateKeySigner } from '@nostr-dev-kit/ndk';
import { bytesToHex } from '@noble/hashes/utils.js';
import { nip04 } from 'nostr-tools';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Wish } from '../../src/customer/index.ts';
import { generateSecretKey, pubkeyOf, type Signer } from '../../src/keys/index.ts';
import { fastSecretKeySigner } from '../../src/keys/node.ts';
import {
  ANNOUNCEMENT_KIND,
  HEARTBEAT_KIND,
  orThrow,
  parseAnnouncement,
  parseTagList,
  satsToMsat,
  type EventTemplate,
  type NostrEvent,
} from '../../src/protocol/index.ts';
import type { Provider } from '../../src/provider/index.ts';
import {
  shelfContentDiscovery,
  shelfContentSearch,
  shelfPeopleDiscovery,
  shelfPeopleSearch,
} from '../../src/services/content-discovery/services.ts';
import { shelfEventCount } from '../../src/services/event-count/event-count.ts';
import { shelfProofOfWork } from '../../src/services/proof-of-work/proof-of-work.ts';
import { shelfScheduledPublishing } from '../../src/services/scheduled-publishing/scheduled-publishing.ts';
import { shelfTimestamps } from '../../src/services/timestamps/timestamps.ts';
import { startCalendarServer, type CalendarServer } from './calendar-server.ts';
import { newSigner, openShelfStage, unixNow, type ShelfStage } from './shelf-stage.ts';

/** Every service of the shelf, sold by one provider over a real relay and bought as strangers buy them. */
let stage: ShelfStage;
let provider: Provider;
let calendar: CalendarServer;
let note: NostrEvent;
const [root, writer] = [newSigner(), newSigner()];
const readerKey = generateSecretKey();
const reader = fastSecretKeySigner(readerKey);

beforeAll(async () => {
  [stage, calendar] = [await openShelfStage(), await startCalendarServer()];
  await stage.publish(root, { kind: 3, tags: [['p', writer.pubkey]] });
  await stage.publish(reader, { kind: 3, tags: [['p', root.pubkey]] });
  await stage.publish(writer, { kind: 0, content: JSON.stringify({ name: 'Wanda', about: 'writes' }) });
  note = await stage.publish(writer, { content: 'Lighthouses at night' });
  await stage.publish(root, { kind: 7, content: '+', tags: [['e', note.id]] });
  const shelf = stage.openShelf('market');
  const index = { trusted: [root.pubkey] };
  provider = await stage.sell([
    await shelf.open(shelfContentDiscovery, index),
    await shelf.open(shelfPeopleDiscovery, index),
    await shelf.open(shelfContentSearch, index),
    await shelf.open(shelfPeopleSearch, index),
    await shelf.open(shelfEventCount),
    await shelf.open(shelfProofOfWork, { threads: 1, max_bits: 12 }),
    await shelf.open(shelfScheduledPublishing),
    await shelf.open(shelfTimestamps, { calendars: [calendar.url], ask_every_seconds: 0.1 }),
  ]);
}, 60_000);
afterAll(async () => {
  await stage.close();
  await calendar.close();
});

/** Repeats until the index has caught up with what was published. */
const eventually = <Value>(look: () => Promise<Value>) =>
  vi.waitFor(look, { timeout: 30_000, interval: 100 });

/** Publishes a request as another client writes it, and waits for its result. */
async function ask(signer: Signer, template: Partial<EventTemplate>): Promise<NostrEvent> {
  const request = await stage.publish(signer, template);
  return eventually(async () => {
    const results = await stage.pool.query([stage.relayUrl], [{ '#e': [request.id] }]);
    const result = results.find(({ kind }) => kind === request.kind + 1000);
    if (result === undefined) throw new Error(JSON.stringify(results.map(({ tags }) => tags)));
    return result;
  });
}

const listed = ({ content }: { readonly content: string }) =>
  parseTagList(content)?.map(([, id]) => id) ?? [];

/** These name the longest time that they may take. */
const PATIENT = { deadlineSeconds: 86_400 };

describe('sold and bought', () => {
  async function buy(wish: Pick<Wish, 'kind' | 'inputs'> & Partial<Wish>) {
    const customer = stage.openCustomer(reader);
    const purchase = orThrow(
      await customer.buy({
        maxAmountMsat: satsToMsat(0),
        targets: [provider.pubkey],
        deadlineSeconds: 60,
        policy: { offerWaitMs: 50 },
        ...wish,
      }),
    );
    return orThrow(await purchase.result());
  }

  test('a feed, suggestions and searches', async () => {
    await eventually(async () => expect(listed(await buy({ kind: 5300, inputs: [] }))).toEqual([note.id]));
    await eventually(async () =>
      expect(listed(await buy({ kind: 5301, inputs: [] }))).toEqual([writer.pubkey]),
    );
    expect(listed(await buy({ kind: 5302, inputs: ['lighthouses'] }))).toEqual([note.id]);
    await eventually(async () =>
      expect(listed(await buy({ kind: 5303, inputs: ['wanda'] }))).toEqual([writer.pubkey]),
    );
  });

  test('a count', async () => {
    const content = JSON.stringify([{ kinds: [1], authors: [writer.pubkey] }]);
    expect(await buy({ kind: 5400, inputs: [], content })).toMatchObject({ content: '1' });
  });

  test('proof of work', async () => {
    const event = JSON.stringify({ kind: 1, content: 'do work!', created_at: 1, tags: [] });
    const { content } = await buy({ kind: 5970, inputs: [event], params: { pow: '10' } });
    expect(JSON.parse(content)).toMatchObject({ content: 'do work!', pubkey: reader.pubkey });
  });

  test('scheduled publishing, unseen until then', async () => {
    const event = await newSigner().sign({ kind: 1, created_at: unixNow() + 1, tags: [], content: 'Later' });
    const { content } = await buy({
      kind: 5905,
      inputs: [JSON.stringify(event)],
      encrypted: true,
      ...PATIENT,
    });
    expect(content).toBe(event.id);
    expect(await stage.pool.query([stage.relayUrl], [{ ids: [event.id] }])).toHaveLength(1);
  });

  test('a timestamp', async () => {
    const bought = buy({ kind: 5900, inputs: [{ data: note.id, type: 'event' }], ...PATIENT });
    await eventually(async () => expect(calendar.submitted).not.toEqual([]));
    calendar.mine(900_000);
    const { content } = await bought;
    const [proof] = await stage.pool.query([stage.relayUrl], [{ ids: [content] }]);
    expect(proof).toMatchObject({
      kind: 1040,
      tags: expect.arrayContaining([['e', note.id, stage.relayUrl]]),
    });
  });
});

describe('asked for as other clients ask', () => {
  const to = () => ['p', provider.pubkey];

  test('Amethyst: targeted, for a user, with two hundred results', async () => {
    const tags = [
      to(),
      ['relays', stage.relayUrl],
      ['param', 'max_results', '200'],
      ['param', 'user', reader.pubkey],
      ['alt', 'NIP90 Content Discovery request'],
    ];
    const result = await ask(newSigner(), { kind: 5300, tags });
    expect(listed(result)).toEqual([note.id]);
    expect(result.tags).toContainEqual(expect.arrayContaining(['request']));
  });

  test('Coracle: an ephemeral key, a minute to live', async () => {
    const tags = [to(), ['expiration', String(unixNow() + 60)], ['param', 'user', reader.pubkey]];
    expect(listed(await ask(newSigner(), { kind: 5300, tags }))).toEqual([note.id]);
  });

  test('noStrudel: the next page by the request before, which is empty here', async () => {
    const first = await ask(reader, { kind: 5300, tags: [to()], content: 'first page' });
    const requestId = first.tags.find(([name]) => name === 'e')?.[1] ?? '';
    expect(listed(first)).toEqual([note.id]);
    const next = await ask(reader, { kind: 5300, tags: [to(), ['i', requestId, 'event']] });
    expect(JSON.parse(next.content)).toEqual([]);
  });

  test('an old client: encrypted by NIP-04, answered in the same way', async () => {
    const inner = [
      ['i', 'lighthouses', 'text'],
      ['param', 'max_results', '5'],
    ];
    const content = nip04.encrypt(readerKey, provider.pubkey, JSON.stringify(inner));
    const result = await ask(reader, { kind: 5302, tags: [to(), ['encrypted']], content });
    expect(result.content).toContain('?iv=');
    expect(listed({ content: nip04.decrypt(readerKey, provider.pubkey, result.content) })).toEqual([note.id]);
  });

  test('nostrdvm: anybody may answer, users as JSON, text wanted', async () => {
    const tags = [
      ['i', 'lighthouses', 'text'],
      ['param', 'users', JSON.stringify([['p', writer.pubkey]])],
      ['param', 'since', '1'],
      ['output', 'text/plain'],
    ];
    expect((await ask(newSigner(), { kind: 5302, tags })).content).toMatch(/^nostr:nevent1/);
  });

  test('NDK: its own request event, and what it makes of the result', async () => {
    const secretKey = generateSecretKey();
    const ndk = new NDK({
      explicitRelayUrls: [stage.relayUrl],
      signer: new NDKPrivateKeySigner(bytesToHex(secretKey)),
      enableOutboxModel: false,
      autoConnectUserRelays: false,
    });
    await ndk.connect(10_000);
    try {
      const request = new NDKDVMRequest(ndk);
      request.kind = 5300;
      request.tags.push(to());
      request.addParam('user', reader.pubkey);
      request.addParam('max_results', '20');
      await request.publish();
      const found = await eventually(async () => {
        const results = await ndk.fetchEvents({ kinds: [6300 as never], '#e': [request.id] });
        const [result] = [...results];
        if (!(result instanceof NDKEvent)) throw new Error('There is no result yet.');
        return result;
      });
      expect(found.pubkey).toBe(provider.pubkey);
      expect(found.tagValue('p')).toBe(pubkeyOf(secretKey));
      expect(listed(found)).toEqual([note.id]);
    } finally {
      for (const relay of ndk.pool.relays.values()) relay.disconnect();
    }
  });
});

describe('visible to clients', () => {
  test('each kind is announced with its parameters, and the heartbeat names an announcement', async () => {
    await eventually(async () => {
      const filter = { authors: [provider.pubkey], kinds: [ANNOUNCEMENT_KIND, HEARTBEAT_KIND] };
      const events = await stage.pool.query([stage.relayUrl], [filter]);
      const announced = events
        .filter(({ kind }) => kind === ANNOUNCEMENT_KIND)
        .map((event) => orThrow(parseAnnouncement(event)));
      expect(new Set(announced.flatMap(({ kinds }) => kinds))).toEqual(
        new Set([5300, 5301, 5302, 5303, 5400, 5900, 5905, 5970]),
      );
      const feed = announced.find(({ kinds }) => kinds.includes(5300));
      expect([...(feed?.nip90Params.keys() ?? [])]).toEqual(expect.arrayContaining(['max_results']));
      const beat = events.find(({ kind }) => kind === HEARTBEAT_KIND);
      const beaten = beat?.tags.find(([name]) => name === 'd')?.[1];
      expect(announced.map(({ identifier }) => identifier)).toContain(beaten);
    });
  });
});
