import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Signer } from '../../src/keys/index.ts';
import { normalizeRelayUrl, parseTagList, type NostrEvent } from '../../src/protocol/index.ts';
import type { Service } from '../../src/provider/index.ts';
import {
  shelfContentDiscovery,
  shelfContentSearch,
  shelfPeopleDiscovery,
  shelfPeopleSearch,
} from '../../src/services/content-discovery/services.ts';
import { failureCode, jobContext, resolvedInput, runJob } from '../fixtures/job-context.ts';
import { newSigner, openShelfStage, unixNow, type ShelfStage } from './shelf-stage.ts';

let stage: ShelfStage;
let feed: Service;
let suggestions: Service;
let noteSearch: Service;
let peopleSearch: Service;

/** The cast. The root is trusted by the operator and follows Ann and Bob, Ann follows Cid; the reader follows Ann and Bob. */
const [root, ann, bob, cid, dan, reader, liar] = Array.from({ length: 7 }, newSigner) as [
  Signer, Signer, Signer, Signer, Signer, Signer, Signer,
]; // prettier-ignore
const farm = Array.from({ length: 12 }, newSigner);
const notes: Record<string, NostrEvent> = {};

const follow = (who: Signer, whom: readonly Signer[]) =>
  stage.publish(who, { kind: 3, tags: whom.map(({ pubkey }) => ['p', pubkey]) });
const like = (who: Signer, note: NostrEvent, content = '+') =>
  stage.publish(who, { kind: 7, content, tags: [['e', note.id], ['p', note.pubkey]] }); // prettier-ignore
const named = (who: Signer, name: string, about = '') =>
  stage.publish(who, { kind: 0, content: JSON.stringify({ name, about, nip05: `${name}@example.com` }) });

async function list(
  service: Service,
  params: Record<string, string>,
  text: string | null = null,
): Promise<string[][]> {
  const inputs = text === null ? [] : [{ ...resolvedInput(text), type: 'text' }];
  const job = jobContext({
    kind: service.kind,
    inputs,
    params: Object.fromEntries(Object.entries(params).map(([name, value]) => [name, [value]])),
  });
  return parseTagList((await runJob(service.handler, job)).content) ?? [];
}

const ids = (tags: readonly (readonly string[])[]) => tags.map(([, id]) => id);

/** Repeats until the index has caught up with what was published. */
const eventually = <Value>(look: () => Promise<Value>) =>
  vi.waitFor(look, { timeout: 30_000, interval: 200 });

beforeAll(async () => {
  stage = await openShelfStage();
  const now = unixNow();
  await Promise.all([
    follow(root, [ann, bob]),
    follow(ann, [cid, bob]),
    follow(bob, [ann, cid, dan]),
    follow(reader, [ann, bob]),
    ...farm.map((key, at) => follow(key, [...farm.filter((_, other) => other !== at), liar])),
    named(ann, 'Ann', 'Bitcoin and bread'),
    named(cid, 'Cid', 'Sails'),
    named(dan, 'Müller', 'Gardens'),
    named(farm[0] as Signer, 'Ann', 'The real Ann, send me bitcoin'),
  ]);
  notes['fromCid'] = await stage.publish(cid, { content: 'Sailing at dawn' });
  notes['fromDan'] = await stage.publish(dan, { content: 'Tomatoes ripen slowly, says Müller' });
  notes['fromAnn'] = await stage.publish(ann, { content: 'Bread needs time' });
  notes['spam'] = await stage.publish(liar, { content: 'Buy bitcoin bread now' });
  notes['old'] = await stage.publish(cid, { content: 'An old sailing story', created_at: now - 40 * 86_400 });
  notes['ownNote'] = await stage.publish(reader, { content: 'My own words' });
  await Promise.all([
    like(ann, notes['fromCid']),
    like(bob, notes['fromCid']),
    like(root, notes['fromDan']),
    ...farm.map((key) => like(key, notes['spam'] as NostrEvent)),
    like(liar, notes['spam'], '🔥'),
  ]);
  const shelf = stage.openShelf('shared');
  const settings = { trusted: [root.pubkey] };
  feed = await shelf.open(shelfContentDiscovery, settings);
  suggestions = await shelf.open(shelfPeopleDiscovery, settings);
  noteSearch = await shelf.open(shelfContentSearch, settings);
  peopleSearch = await shelf.open(shelfPeopleSearch, settings);
}, 60_000);
afterAll(() => stage.close());

describe('a feed (5300)', () => {
  test('shows what trusted people like before what a farm of keys likes', async () => {
    await eventually(async () => {
      const found = ids(await list(feed, {}));
      expect(new Set(found.slice(0, 2))).toEqual(new Set([notes['fromCid']?.id, notes['fromDan']?.id]));
      expect(found).toContain(notes['fromAnn']?.id);
      const spam = found.indexOf(notes['spam']?.id);
      expect(spam === -1 ? found.length : spam).toBeGreaterThan(2);
    });
  });

  test('is about the people around its reader, without the reader itself', async () => {
    await eventually(async () => {
      const found = ids(await list(feed, { user: reader.pubkey }));
      expect(found[0]).toBe(notes['fromCid']?.id);
      expect(found).toContain(notes['fromAnn']?.id);
      expect(found).not.toContain(notes['ownNote']?.id);
      expect(found).not.toContain(notes['old']?.id);
    });
  });

  test('names a relay that has each note, and keeps to the wanted number', async () => {
    const tags = await eventually(async () => {
      const found = await list(feed, { max_results: '1' });
      expect(found).toHaveLength(1);
      return found;
    });
    expect(tags[0]).toEqual([
      'e',
      expect.stringMatching(/^[0-9a-f]{64}$/),
      normalizeRelayUrl(stage.relayUrl),
    ]);
  });

  test('goes on where the request before it ended, as noStrudel pages', async () => {
    const first = jobContext({ kind: 5300, inputs: [], params: { max_results: ['1'] } });
    const page = async (job: typeof first) =>
      ids(parseTagList((await runJob(feed.handler, job)).content) ?? []);
    const shown = await page(first);
    const input = { ...resolvedInput('', { source: first.request.id }), type: 'event' };
    const second = await page(jobContext({ kind: 5300, inputs: [input], params: { max_results: ['1'] } }));
    expect(second).toHaveLength(1);
    expect(second).not.toEqual(shown);
  });

  test('keeps to words that are wanted and not wanted', async () => {
    await eventually(async () => {
      expect(new Set(ids(await list(feed, { search_list: 'tomatoes, sailing' })))).toEqual(
        new Set([notes['fromCid']?.id, notes['fromDan']?.id]),
      );
    });
    expect(ids(await list(feed, { must_list: 'bread,time' }))).toEqual([notes['fromAnn']?.id]);
    expect(ids(await list(feed, { avoid_list: 'sailing,bitcoin' }))).not.toContain(notes['fromCid']?.id);
  });

  test('is written for readers where text is asked for', async () => {
    const asked = (outputs: string[]) => jobContext({ kind: 5300, inputs: [], outputs });
    expect((await runJob(feed.handler, asked(['text/plain']))).content).toMatch(/^nostr:nevent1/);
    expect(await failureCode(feed.handler, asked(['image/png']))).toBe('unsupported-output');
  });
});

describe('whom to follow (5301)', () => {
  test('those whom the followed follow come first, and nobody who is followed already', async () => {
    await eventually(async () => {
      const found = ids(await list(suggestions, { user: reader.pubkey }));
      expect(found.slice(0, 2)).toEqual([cid.pubkey, dan.pubkey]);
      for (const known of [ann, bob, reader]) expect(found).not.toContain(known.pubkey);
    });
  });

  test('topics put first who writes about them', async () => {
    const found = ids(await list(suggestions, { user: reader.pubkey, topics: 'tomatoes' }));
    expect(found[0]).toBe(dan.pubkey);
  });

  test('who follows nobody is told of trusted people, and of no farm', async () => {
    const found = ids(await list(suggestions, { user: newSigner().pubkey }));
    expect(found).toContain(ann.pubkey);
    for (const key of farm) expect(found).not.toContain(key.pubkey);
  });
});

describe('search of notes (5302)', () => {
  test('finds all words, without accents and with the last one begun', async () => {
    await eventually(async () =>
      expect(ids(await list(noteSearch, {}, 'muller tomat'))).toEqual([notes['fromDan']?.id]),
    );
  });

  test('lists trusted authors first, and what has some of the words where nothing has all', async () => {
    const found = ids(await list(noteSearch, {}, 'bread'));
    expect(found).toEqual([notes['fromAnn']?.id, notes['spam']?.id]);
    expect(ids(await list(noteSearch, {}, 'bread zeppelins'))).toEqual(found);
  });

  test('keeps to people and times; small numbers are days', async () => {
    const users = JSON.stringify([['p', liar.pubkey]]);
    expect(ids(await list(noteSearch, { users }, 'bread'))).toEqual([notes['spam']?.id]);
    expect(await list(noteSearch, { until: '1' }, 'bread')).toEqual([]);
    expect(await list(noteSearch, { since: String(unixNow() + 1000) }, 'bread')).toEqual([]);
    expect(await list(noteSearch, { since: '2' }, 'bread')).toHaveLength(2);
  });

  test.each([['"'], ['NEAR('], ['content:*'], ['a AND OR'], ['-- ; DROP'], ['\0'], ['^b*']])(
    'takes %j for words',
    async (text) => {
      await expect(list(noteSearch, {}, text)).resolves.toBeInstanceOf(Array);
    },
  );

  test('says what is wrong with a request that it cannot serve', async () => {
    const job = (params: Record<string, string[]>, text: string) =>
      jobContext({ kind: 5302, inputs: [{ ...resolvedInput(text), type: 'text' }], params });
    expect(await failureCode(noteSearch.handler, job({ users: ['[["p","x"]]'] }, 'bread'))).toBe(
      'invalid-users',
    );
    expect(await failureCode(noteSearch.handler, job({}, ' '))).toBe('no-text');
    expect(await failureCode(noteSearch.handler, job({}, 'a'.repeat(2000)))).toBe('text-too-long');
  });
});

describe('search of people (5303)', () => {
  test('of namesakes the trusted one comes first', async () => {
    await eventually(async () =>
      expect(ids(await list(peopleSearch, {}, 'ann'))).toEqual([ann.pubkey, farm[0]?.pubkey]),
    );
  });

  test('finds by description, address and key', async () => {
    expect(ids(await list(peopleSearch, {}, 'gardens'))).toEqual([dan.pubkey]);
    expect(ids(await list(peopleSearch, {}, 'muller@example'))).toEqual([dan.pubkey]);
    expect(ids(await list(peopleSearch, {}, dan.pubkey))).toEqual([dan.pubkey]);
    expect(await list(peopleSearch, {}, newSigner().pubkey)).toEqual([]);
  });
});
