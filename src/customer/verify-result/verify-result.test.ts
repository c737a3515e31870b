import { base64 } from '@scure/base';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  buildJobRequest,
  eventId,
  orThrow,
  parseJobRequest,
  workOf,
  type EventTemplate,
  type Filter,
  type JobRequest,
  type JobRequestDraft,
  type NostrEvent,
} from '../../protocol/index.ts';
import { authored, CUSTOMER, hex32, PROVIDER } from '../../../test/protocol/events.ts';
import {
  blockHeader,
  writeTimestamp,
  type WrittenAttestation,
} from '../../../test/fixtures/timestamp-writer.ts';
import type { ResultEvidence } from './evidence.ts';
import { verifyResult } from './verify-result.ts';

const NOW = 1_753_180_000;

function requestOf(kind: number, told: Partial<JobRequestDraft> = {}): JobRequest {
  const template = buildJobRequest({
    kind,
    inputs: [],
    params: new Map(),
    outputs: [],
    relays: [],
    createdAt: NOW,
    ...told,
  });
  return orThrow(parseJobRequest(authored(CUSTOMER, template)));
}

const input = (data: string, type = 'text') => ({ data, type, relay: null, marker: null });

async function verdictOf(
  request: JobRequest,
  content: string,
  evidence: ResultEvidence = {},
): Promise<string> {
  return (await verifyResult({ request, content, createdAt: NOW + 60 }, evidence)).verdict;
}

async function checkOf(
  name: string,
  request: JobRequest,
  content: string,
  evidence: ResultEvidence = {},
): Promise<boolean | null | undefined> {
  const { checks } = await verifyResult({ request, content, createdAt: NOW + 60 }, evidence);
  return checks.find((check) => check.name === name)?.ok;
}

describe('the type of an output', () => {
  const url = 'https://files.example/fox.png';
  test.each([
    ['text/plain', 'A red fox.', 'plausible'],
    ['text/plain', ' \n', 'wrong'],
    ['application/json', '{"a":1}', 'plausible'],
    ['application/json', 'Sorry, I cannot do that.', 'wrong'],
    ['text/vtt', 'WEBVTT\n\n00:00.000 --> 00:01.000\nfox', 'plausible'],
    ['text/vtt', 'a fox', 'wrong'],
    ['image/png', `Here it is: ${url}`, 'plausible'],
    ['image/png', 'data:image/jpeg;base64,/9j/4AAQSkZJRg==', 'plausible'],
    ['image/png', `nostr:nevent1${'q'.repeat(60)}`, 'plausible'],
    ['image/png', 'iVBORw0KGgo'.repeat(20), 'plausible'],
    ['image/png', 'A picture of a red fox.', 'wrong'],
    ['image/png', 'data:text/plain;base64,aGk=', 'wrong'],
    ['image/png;format=url', url, 'plausible'],
    ['image/png;format=url', 'data:image/png;base64,iVBORw0KGgo=', 'wrong'],
    ['audio/mpeg', url, 'plausible'],
    ['application/x-unheard-of', 'anything', 'unverifiable'],
  ])('%s: %j is %s', async (mime, content, verdict) => {
    expect(await verdictOf(requestOf(5999, { outputs: [mime] }), content)).toBe(verdict);
  });

  test('may be any of those that were asked for, and else one that the kind is known for', async () => {
    const either = requestOf(5999, { outputs: ['application/json', 'text/markdown'] });
    expect(await verdictOf(either, '# A fox')).toBe('plausible');
    expect(await verdictOf(requestOf(5100, { inputs: [input('a fox')] }), url)).toBe('plausible');
    expect(await verdictOf(requestOf(5100, { inputs: [input('a fox')] }), 'I am sorry.')).toBe('wrong');
    expect(await verdictOf(requestOf(5251, { inputs: [input('a song')] }), 'La la la.')).toBe('unverifiable');
  });

  test('is not missed where the deed is the result', async () => {
    const pay = requestOf(5903, { params: new Map([['invoice', ['lnbc1']]]) });
    expect(await verdictOf(pay, '')).toBe('unverifiable');
    expect(await verdictOf(requestOf(5050, { inputs: [input('a fox')] }), '')).toBe('wrong');
  });

  test('is looked at whatever the content, and nothing is thrown', async () => {
    const kinds = fc.constantFrom(5000, 5001, 5050, 5100, 5300, 5303, 5400, 5900, 5901, 5905, 5970, 5999);
    const mimes = fc.constantFrom('application/json', 'text/vtt', 'image/png;format=url', '', '/;;', 'x');
    const content = fc.oneof(fc.string(), fc.json(), fc.constant(`[["e","${hex32(1)}"]]`));
    await fc.assert(
      fc.asyncProperty(
        kinds,
        fc.array(mimes, { maxLength: 2 }),
        content,
        fc.json(),
        async (kind, outputs, text, data) => {
          const request = requestOf(kind, {
            outputs,
            inputs: [input(data), input(data, 'event')],
            content: data,
          });
          const { verdict, checks } = await verifyResult({ request, content: text, createdAt: NOW });
          expect(verdict === 'wrong').toBe(checks.some(({ ok }) => ok === false));
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('the shape of a result', () => {
  const feed = JSON.stringify([
    ['e', hex32(1), 'wss://a.example'],
    ['a', `30023:${PROVIDER}:x`],
  ]);
  test.each([
    [5300, feed, true],
    [5300, feed.slice(1, -1), true], // as the page of the kind has it
    [5300, '[]', null],
    [5300, 'Look at these notes!', null],
    [5300, JSON.stringify([['p', PROVIDER]]), false],
    [
      5302,
      JSON.stringify([
        ['e', hex32(1)],
        ['e', 'x'],
      ]),
      null,
    ],
    [5303, JSON.stringify([['p', PROVIDER]]), true],
    [5400, '1234', true],
    [5400, 'about a thousand', false],
    [5901, hex32(7), true],
    [5901, 'done', false],
  ])('kind %i: %s is %s', async (kind, content, ok) => {
    const request = requestOf(kind, { inputs: kind === 5901 || kind === 5302 ? [input('fox')] : [] });
    expect(await checkOf('shape', request, content)).toBe(ok);
  });

  test('of counts by group is JSON all the way down', async () => {
    const grouped = requestOf(5400, { params: new Map([['group', ['pubkey']]]) });
    expect(await checkOf('shape', grouped, JSON.stringify({ [PROVIDER]: { '1': 4 }, x: 2 }))).toBe(true);
    expect(await checkOf('shape', grouped, '{"x":-1}')).toBe(false);
    expect(await checkOf('shape', grouped, '12.5')).toBe(false);
  });

  test('is not asked of lists that were asked for as words', async () => {
    expect(await checkOf('shape', requestOf(5300, { outputs: ['text/plain'] }), 'two notes')).toBeUndefined();
  });
});

describe('delegated work', () => {
  const asked: EventTemplate & { pubkey: string } = {
    pubkey: CUSTOMER,
    kind: 1,
    created_at: NOW,
    tags: [['t', 'fox']],
    content: 'worked for',
  };
  const wanted = (pow: number, inputs: readonly object[] = [asked]) =>
    requestOf(5970, {
      inputs: inputs.map((event) => input(JSON.stringify(event))),
      params: new Map([['pow', [String(pow)]]]),
    });
  /** Looks for a nonce, and gives what a provider would. */
  const work = (bits: number, target: number | null, told: Partial<typeof asked> = {}) => {
    for (let nonce = 0; ; nonce += 1) {
      const tag = ['nonce', String(nonce), ...(target === null ? [] : [String(target)])];
      const event = { ...asked, created_at: NOW + 5, ...told, tags: [...asked.tags, tag] };
      const id = eventId(event);
      if (workOf(id) >= bits) return { ...event, id };
    }
  };

  test('that was done proves itself', async () => {
    expect(await verdictOf(wanted(8), JSON.stringify(work(8, 8)))).toBe('verified');
    expect(await verdictOf(wanted(8), JSON.stringify(work(8, null)))).toBe('verified');
  });

  test.each([
    ['too little work', () => JSON.stringify(work(0, 30)), 30],
    ['work for a lower target', () => JSON.stringify(work(8, 4)), 8],
    ['work on another text', () => JSON.stringify(work(8, 8, { content: 'spam' })), 8],
    ['work on an event of somebody else', () => JSON.stringify(work(8, 8, { pubkey: PROVIDER })), 8],
    ['an id that is not its own', () => JSON.stringify({ ...work(0, 8), id: '0'.repeat(64) }), 8],
    ['words', () => 'done!', 8],
  ])('%s is wrong', async (_, make, pow) => {
    expect(await verdictOf(wanted(pow), make())).toBe('wrong');
  });

  test('on several events is complete or wrong', async () => {
    const other = { ...asked, content: 'second' };
    const [one, two] = [work(4, 4), work(4, 4, { content: 'second' })];
    const both = wanted(4, [asked, other]);
    expect(await verdictOf(both, JSON.stringify([one, two]))).toBe('verified');
    expect(await verdictOf(both, JSON.stringify([one, one]))).toBe('wrong');
  });

  test('on what nobody can read is left open', async () => {
    const unclear = requestOf(5970, { inputs: [input('{"kind":1')], params: new Map([['pow', ['8']]]) });
    expect(await checkOf('work', unclear, '{}')).toBeNull();
  });
});

describe('a timestamp', () => {
  const stamped = hex32(0x5a);
  const request = requestOf(5900, { inputs: [input(stamped, 'event')] });
  /** The same byte 32 times, so that it is its own reverse: what is stamped is the merkle root. */
  const proofOf = (attestation: WrittenAttestation, digest = stamped) =>
    base64.encode(writeTimestamp(digest, [{ steps: [{ op: 'reverse' }], attestation }]));
  const IN_BLOCK = proofOf({ type: 'bitcoin', height: 800_000 });
  const published = (template: Partial<EventTemplate> = {}): NostrEvent =>
    authored(PROVIDER, {
      kind: 1040,
      created_at: NOW,
      tags: [['e', stamped]],
      content: IN_BLOCK,
      ...template,
    });
  const relayWith = (...events: NostrEvent[]): ResultEvidence => ({
    findEvent: async (id) => events.find((event) => event.id === id) ?? null,
  });
  const chainWith = (header: string | null): ResultEvidence => ({
    blockHeader: async (height) => (height === 800_000 ? header : null),
  });

  test('in a block that is looked up is verified, as event and as proof', async () => {
    const evidence = { ...relayWith(published()), ...chainWith(blockHeader(stamped)) };
    expect(await verdictOf(request, published().id, evidence)).toBe('verified');
    expect(await verdictOf(request, IN_BLOCK, evidence)).toBe('verified');
  });

  test('in a block that nobody looks up, or that is not found, is plausible', async () => {
    expect(await verdictOf(request, IN_BLOCK)).toBe('plausible');
    expect(await verdictOf(request, IN_BLOCK, chainWith(null))).toBe('plausible');
  });

  test('in a block with another root is wrong', async () => {
    expect(await verdictOf(request, IN_BLOCK, chainWith(blockHeader(hex32(1))))).toBe('wrong');
  });

  test('that a calendar has only promised is said to be pending', async () => {
    const proof = proofOf({ type: 'pending', calendarUrl: 'https://calendar.example' });
    const { verdict, checks } = await verifyResult({ request, content: proof, createdAt: NOW });
    expect(verdict).toBe('plausible');
    expect(checks.at(-1)).toMatchObject({ name: 'bitcoin-block', ok: null });
    expect(checks.at(-1)?.detail).toContain('https://calendar.example');
  });

  test.each([
    ['a proof about something else', () => [proofOf({ type: 'bitcoin', height: 1 }, hex32(1)), {}] as const],
    [
      'an event of another kind',
      () => [published({ kind: 1 }).id, relayWith(published({ kind: 1 }))] as const,
    ],
    [
      'an event about another event',
      () => {
        const other = published({ tags: [['e', hex32(1)]] });
        return [other.id, relayWith(other)] as const;
      },
    ],
    ['no proof at all', () => ['It is stamped, trust me.', {}] as const],
    ['a proof that is cut off', () => [IN_BLOCK.slice(0, 100), {}] as const],
  ])('%s is wrong', async (_, make) => {
    const [content, evidence] = make();
    expect(await verdictOf(request, content, evidence)).toBe('wrong');
  });

  test('whose event is on no relay is left open', async () => {
    expect(await checkOf('stamped-event', request, published().id, relayWith())).toBeNull();
    expect(await verdictOf(request, published().id)).not.toBe('wrong');
  });

  test('is not looked for where the kind means a build', async () => {
    const build = requestOf(5900, { params: new Map([['git_address', ['x']]]), inputs: [] });
    expect(await verdictOf(build, 'passed')).not.toBe('wrong');
  });
});

describe('a count of events', () => {
  const relay = 'wss://relay.example';
  const request = requestOf(5400, {
    params: new Map([['relay', [relay]]]),
    content: JSON.stringify([{ '#kinds': [1], authors: [PROVIDER] }]),
  });
  /** A relay that has so many events, of which `limit` are shown. */
  const relayOf = (count: number | null, seen: Filter[] = []): ResultEvidence => ({
    sampleEvents: async (_, filter) => {
      seen.push(filter);
      return count === null
        ? null
        : Array.from({ length: Math.min(count, filter.limit ?? 0) }, (__, at) => `event ${at}`);
    },
  });

  test.each([
    [100, '100', 'verified'],
    [100, '112', 'verified'],
    [100, '150', 'wrong'],
    [100, '50', 'wrong'],
    [0, '3', 'verified'],
    [100_000, '98123', 'plausible'],
    [100_000, '12', 'wrong'],
    [null, '12', 'plausible'],
  ])('of %s events, told as %s, is %s', async (count, told, verdict) => {
    expect(await verdictOf(request, told, relayOf(count))).toBe(verdict);
  });

  test('is taken of what was there when it was counted', async () => {
    const seen: Filter[] = [];
    await verdictOf(request, '7', relayOf(7, seen));
    expect(seen).toEqual([{ kinds: [1], authors: [PROVIDER], until: NOW + 60, limit: 500 }]);
  });

  test('whose filters or relays are not named is left open', async () => {
    const everywhere = requestOf(5400, { content: '{"kinds":[1]}' });
    const unclear = requestOf(5400, { params: new Map([['relay', [relay]]]), content: '{"kinds":"1"}' });
    expect(await checkOf('sample', everywhere, '7', relayOf(100))).toBeNull();
    expect(await checkOf('sample', unclear, '7', relayOf(100))).toBeNull();
  });
});

describe('a scheduled event', () => {
  const event = authored(CUSTOMER, { kind: 1, created_at: NOW, tags: [], content: 'later' });
  const request = requestOf(5905, { inputs: [input(JSON.stringify(event))] });
  const relayWith = (...events: NostrEvent[]): ResultEvidence => ({
    findEvent: async (id) => events.find((one) => one.id === id) ?? null,
  });

  test('that relays show is verified, one that they do not show is plausible', async () => {
    expect(await verdictOf(request, event.id, relayWith(event))).toBe('verified');
    expect(await verdictOf(request, event.id, relayWith())).toBe('plausible');
  });

  test('under another id is wrong', async () => {
    expect(await verdictOf(request, hex32(1), relayWith(event))).toBe('wrong');
  });

  test('is left open when relays break', async () => {
    const broken = { findEvent: () => Promise.reject(new Error('gone')) };
    expect(await verdictOf(request, event.id, broken)).toBe('plausible');
  });
});
