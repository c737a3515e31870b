import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Signer } from '../../src/keys/index.ts';
import { buildZapRequest, parseTagList, satsToMsat, type NostrEvent } from '../../src/protocol/index.ts';
import type { Service } from '../../src/provider/index.ts';
import { absorb } from '../../src/services/content-discovery/absorb.ts';
import { ftsQuery } from '../../src/services/content-discovery/fts-query.ts';
import { isCrowded, prune } from '../../src/services/content-discovery/prune.ts';
import { readVote, readZap } from '../../src/services/content-discovery/read-event.ts';
import { INDEX_MIGRATIONS } from '../../src/services/content-discovery/schema.ts';
import { shelfContentDiscovery, shelfContentSearch } from '../../src/services/content-discovery/services.ts';
import { updateTrust } from '../../src/services/content-discovery/trust.ts';
import { openSqlite, type SqliteStore } from '../../src/store/index.ts';
import { jobContext, resolvedInput, runJob } from '../fixtures/job-context.ts';
import { startScriptedRelay, stopScriptedRelays } from '../relays/scripted-relay.ts';
import { newSigner, openShelfStage, unixNow, type ShelfStage } from './shelf-stage.ts';

const NOW = 1_700_000_000;
const never = new AbortController().signal;

const sign = (signer: Signer, kind: number, told: Partial<NostrEvent> = {}) =>
  signer.sign({ kind, created_at: NOW, tags: [], content: '', ...told });

describe('the index itself', () => {
  let dir: string;
  let store: SqliteStore;
  const take = (...events: NostrEvent[]) =>
    store.write((db) => absorb(db, events.map((event) => ({ event, relay: 'wss://a.example' })), { now: NOW })); // prettier-ignore
  const count = (table: string) =>
    Number(store.db.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.['count']);
  const trustOf = ({ pubkey }: Signer) =>
    Number(store.db.prepare('SELECT trust FROM people WHERE pubkey = ?').get(Buffer.from(pubkey, 'hex'))?.['trust'] ?? 0); // prettier-ignore

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'coinop-index-'));
    store = openSqlite({ path: join(dir, 'index.sqlite'), migrations: INDEX_MIGRATIONS });
  });
  afterEach(async () => {
    await store.close();
    await rm(dir, { recursive: true, force: true });
  });

  test('a key has one vote for a note, however often it votes', async () => {
    const [author, fan] = [newSigner(), newSigner()];
    const note = await sign(author, 1);
    const target = [['e', note.id]];
    const votes = ['a', 'b', 'c'].map((content) => sign(fan, 7, { content, tags: target }));
    await take(note, note, ...(await Promise.all(votes)), await sign(fan, 6, { tags: target }));
    expect(count('notes')).toBe(1);
    expect(store.db.prepare('SELECT weight FROM votes').all()).toEqual([{ weight: 2 }]);
  });

  test('what is dated ahead or deleted by its author is not there; others delete nothing', async () => {
    const [author, other] = [newSigner(), newSigner()];
    const [kept, gone] = [
      await sign(author, 1, { content: 'kept' }),
      await sign(author, 1, { content: 'gone' }),
    ];
    await take(kept, gone, await sign(author, 1, { created_at: NOW + 90_000 }));
    await take(
      await sign(other, 5, { tags: [['e', kept.id]] }),
      await sign(author, 5, { tags: [['e', gone.id]] }),
    );
    expect(store.db.prepare('SELECT content FROM note_texts').all()).toEqual([{ content: 'kept' }]);
    expect(count('notes')).toBe(1);
  });

  test('only the newest profile and follow list count', async () => {
    const someone = newSigner();
    const profile = (at: number, name: string) =>
      sign(someone, 0, { created_at: at, content: JSON.stringify({ name }) });
    await take(
      await profile(20, 'new'),
      await profile(10, 'old'),
      await sign(newSigner(), 0, { content: '{{' }),
    );
    expect(store.db.prepare('SELECT name FROM profiles ORDER BY name').all()).toEqual([
      { name: '' },
      { name: 'new' },
    ]);
  });

  test('never grows beyond its bounds, and forgets the oldest first', async () => {
    const authors = Array.from({ length: 30 }, newSigner);
    const notes = await Promise.all(
      authors.map((author, at) => sign(author, 1, { created_at: NOW - at, content: `note ${at}` })),
    );
    await take(...notes, ...(await Promise.all(notes.map(({ id }, at) => sign(authors[at] as Signer, 7, { created_at: NOW - at, tags: [['e', id]] }))))); // prettier-ignore
    const bounds = { keepSeconds: 1000, maxNotes: 10, maxVotes: 8, maxPeople: 12 };
    while (await store.write((db) => prune(db, bounds, NOW)));
    expect([count('notes'), count('note_texts'), count('votes'), count('people')]).toEqual([10, 10, 8, 12]);
    expect(store.db.prepare('SELECT min(at) AS at FROM notes').get()).toEqual({ at: NOW - 9 });
    await store.write((db) => prune(db, { ...bounds, keepSeconds: 5 }, NOW));
    expect(count('notes')).toBe(6);
  });

  test('a flood of unknown keys does not push out what trusted people said', async () => {
    const [root, friend] = [newSigner(), newSigner()];
    const note = await sign(friend, 1, { content: 'said before' });
    await take(await sign(root, 3, { tags: [['p', friend.pubkey]] }), note);
    await updateTrust(store, [root.pubkey], never);
    const flood = await Promise.all(
      Array.from({ length: 9 }, () => sign(newSigner(), 1, { content: 'flood' })),
    );
    await take(...flood);
    const bounds = { keepSeconds: 1000, maxNotes: 12, maxVotes: 10, maxPeople: 1000 };
    expect(isCrowded(store.db, bounds)).toBe(true);
    expect(isCrowded(store.db, { ...bounds, maxNotes: 20 })).toBe(false);
    const [late, answer] = [await sign(newSigner(), 1), await sign(friend, 1, { content: 'said after' })];
    const seen = [late, answer].map((event) => ({ event, relay: '' }));
    await store.write((db) => absorb(db, seen, { now: NOW, onlyTrusted: true }));
    const found = store.db.prepare("SELECT content FROM note_texts WHERE content LIKE 'said%'").all();
    expect(found).toEqual([{ content: 'said before' }, { content: 'said after' }]);
    expect(count('notes')).toBe(11);
  });

  test('trust flows from the roots, and a farm shares only what it is given', async () => {
    const [root, friend, fool] = [newSigner(), newSigner(), newSigner()];
    const farm = Array.from({ length: 40 }, newSigner);
    const follow = (who: Signer, whom: readonly Signer[]) =>
      sign(who, 3, { tags: whom.map(({ pubkey }) => ['p', pubkey]) });
    await take(
      await follow(root, [friend, fool]),
      await follow(friend, [root]),
      await follow(fool, [farm[0] as Signer]),
      ...(await Promise.all(
        farm.map((key) =>
          follow(
            key,
            farm.filter((other) => other !== key),
          ),
        ),
      )),
    );
    await updateTrust(store, [root.pubkey], never);
    expect(trustOf(root)).toBe(1);
    expect(trustOf(friend)).toBeGreaterThan(0.3);
    const given = farm.reduce((sum, key) => sum + trustOf(key), 0);
    const grown = Array.from({ length: 40 }, newSigner);
    await take(...(await Promise.all(grown.map((key) => follow(key, [...farm, ...grown])))), await follow(farm[0] as Signer, [...farm, ...grown])); // prettier-ignore
    await updateTrust(store, [root.pubkey], never);
    const now = [...farm, ...grown].reduce((sum, key) => sum + trustOf(key), 0);
    expect(now).toBeLessThan(given * 1.2);
    await updateTrust(store, ['00'.repeat(32)], never); // unknown roots: everybody with a list is one
    expect(trustOf(friend)).toBeGreaterThan(0);
  });
});

describe('votes', () => {
  test('dislikes, quotes and reactions to nothing are none; replies go to what they answer', async () => {
    const someone = newSigner();
    const [a, b] = ['aa'.repeat(32), 'bb'.repeat(32)];
    const vote = async (kind: number, tags: string[][], content = '+') =>
      readVote(await sign(someone, kind, { tags, content }))?.target ?? null;
    expect(await vote(7, [['e', a], ['e', b]])).toBe(b); // prettier-ignore
    expect(await vote(7, [['e', a]], '-')).toBeNull();
    expect(await vote(7, [])).toBeNull();
    expect(await vote(1, [['e', a, '', 'mention']])).toBeNull();
    expect(await vote(1, [['e', a, '', 'root'], ['e', b, '', 'reply']])).toBe(b); // prettier-ignore
    expect(await vote(1, [['e', a, '', 'root']])).toBe(a);
    expect(await vote(1, [['q', a]])).toBeNull();
  });

  test('a zap counts for whoever signed its request', async () => {
    const [sender, recipient, wallet] = [newSigner(), newSigner(), newSigner()];
    const zapped = 'ab'.repeat(32);
    const request = await sender.sign(
      buildZapRequest({
        recipientPubkey: recipient.pubkey,
        zapped: { id: zapped, kind: 1 },
        amountMsat: satsToMsat(999),
        relays: ['wss://a.example'],
        createdAt: NOW,
      }),
    );
    const receipt = (description: string) =>
      sign(wallet, 9735, { tags: [['p', recipient.pubkey], ['bolt11', 'lnbc10n1abc'], ['description', description]] }); // prettier-ignore
    expect(readZap(await receipt(JSON.stringify(request)))).toMatchObject({
      vote: { target: zapped, voter: sender.pubkey, weight: 2.5 },
      request: { sig: request.sig },
    });
    expect(readZap(await receipt('{}'))).toBeNull();
  });
});

test('words are never operators of the search', () => {
  expect(ftsQuery(['NEAR("a" b) - c* OR :d'], 'AND')).toBe(
    '"NEAR" AND "a" AND "b" AND "c" AND "OR" AND "d"*',
  );
  expect(ftsQuery(['— !? '], 'OR')).toBeNull();
});

describe('a crawl', () => {
  let stage: ShelfStage;
  const writer = newSigner();

  beforeAll(async () => {
    stage = await openShelfStage();
  });
  afterEach(stopScriptedRelays);
  afterAll(() => stage.close());

  async function found(service: Service, text: string): Promise<number> {
    const job = jobContext({ kind: 5302, inputs: [{ ...resolvedInput(text), type: 'text' }] });
    return parseTagList((await runJob(service.handler, job)).content)?.length ?? 0;
  }

  const eventually = (look: () => Promise<void>) => vi.waitFor(look, { timeout: 30_000, interval: 100 });

  test('goes on where it stood after a restart, and keeps what it had', async () => {
    const first = stage.openShelf('resumed');
    await stage.publish(writer, { content: 'before the restart' });
    const before = await first.open(shelfContentSearch);
    await eventually(async () => expect(await found(before, 'restart')).toBe(1));
    await first.close();
    await stage.publish(writer, { content: 'during the restart', created_at: unixNow() - 60 });
    const after = await stage.openShelf('resumed').open(shelfContentSearch);
    expect(await found(after, 'before restart')).toBe(1);
    await eventually(async () => expect(await found(after, 'during restart')).toBe(1));
  });

  test('reads back page by page, and leaves a relay that repeats itself without end', async () => {
    const relay = await startScriptedRelay();
    const [old] = await Promise.all(
      Array.from({ length: 1200 }, async (_, at) => {
        const event = await writer.sign({
          kind: 1,
          created_at: unixNow() - 1000 - at,
          tags: [],
          content: `paged ${at}`,
        });
        relay.stored.push(event);
        return event;
      }),
    );
    relay.script = (client, message, honestly) => {
      const [type, id, filter] = message as [string, string, { until?: number; limit?: number }];
      if (type !== 'REQ' || filter.limit === undefined) return honestly();
      const page = relay.stored.filter(({ created_at: at }) => at <= (filter.until ?? Infinity));
      for (const event of page.slice(0, 500)) client.say('EVENT', id, event);
      for (let junk = 0; junk < 50; junk++) client.say('EVENT', id, { ...old, content: `forged ${junk}` });
      client.say('EOSE', id);
    };
    const service = await stage.openShelf('paged').open(shelfContentSearch, { relays: [relay.url] });
    await eventually(async () => expect(await found(service, '"paged" 1199')).toBe(1));
    expect(await found(service, 'forged')).toBe(0);
  });

  test('is not held up by a relay that never answers', async () => {
    const silent = await startScriptedRelay();
    silent.script = () => undefined;
    await stage.publish(writer, { content: 'beside a silent one' });
    const relays = [silent.url, stage.relayUrl];
    const service = await stage.openShelf('silent').open(shelfContentSearch, { relays });
    await eventually(async () => expect(await found(service, 'beside silent')).toBe(1));
    expect(silent.heardOf('REQ').length).toBeGreaterThan(0);
  });

  test('a zap counts where its sender signed it, and trust reaches people who are silent themselves', async () => {
    const [root, silent, sender, recipient, wallet] = Array.from({ length: 5 }, newSigner) as [
      Signer, Signer, Signer, Signer, Signer,
    ]; // prettier-ignore
    await stage.publish(root, { kind: 3, created_at: unixNow() - 90 * 86_400, tags: [['p', silent.pubkey]] });
    await stage.publish(silent, {
      kind: 3,
      created_at: unixNow() - 90 * 86_400,
      tags: [['p', sender.pubkey]],
    });
    const zap = async (note: NostrEvent, isForged: boolean) => {
      const request = await sender.sign(
        buildZapRequest({
          recipientPubkey: recipient.pubkey,
          zapped: { id: note.id, kind: 1 },
          amountMsat: satsToMsat(21),
          relays: [stage.relayUrl],
          createdAt: unixNow(),
        }),
      );
      const description = JSON.stringify(isForged ? { ...request, sig: '00'.repeat(64) } : request);
      await stage.publish(wallet, {
        kind: 9735,
        tags: [['p', recipient.pubkey], ['e', note.id], ['bolt11', 'lnbcrt10n1abc'], ['description', description]], // prettier-ignore
      });
    };
    const [praised, pushed] = [
      await stage.publish(recipient, { content: 'worth a zap' }),
      await stage.publish(newSigner(), { content: 'zapped by nobody' }),
    ];
    await zap(pushed, true);
    await zap(praised, false);
    const service = await stage.openShelf('zaps').open(shelfContentDiscovery, { trusted: [root.pubkey] });
    await eventually(async () => {
      const { content } = await runJob(service.handler, jobContext({ kind: 5300, inputs: [] }));
      expect(parseTagList(content)?.map(([, id]) => id)).toEqual([praised.id]);
    });
  });

  test('shares one index between services, and refuses two sorts of settings', async () => {
    const shelf = stage.openShelf('one');
    expect(await shelfContentSearch.missing({})).toBeNull();
    await shelf.open(shelfContentSearch, { keep_days: 3 });
    await expect(shelf.open(shelfContentDiscovery, { keep_days: 4 })).rejects.toMatchObject({
      code: 'settings-differ',
    });
    await shelf.open(shelfContentDiscovery, { keep_days: 3 });
    expect(shelfContentSearch.settings.safeParse({ keep_days: 3, colour: 'red' }).success).toBe(false);
    expect(shelfContentSearch.settings.safeParse({ trusted: ['somebody'] }).success).toBe(false);
  });
});
