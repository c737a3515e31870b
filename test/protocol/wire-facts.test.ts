import { describe, expect, test } from 'vitest';
import {
  encryptionScheme,
  parseAnnouncement,
  parseEvent,
  parseHeartbeat,
  parseJobFeedback,
  parseJobRequest,
  parseJobResult,
  parseTagList,
  paymentAddress,
  type NostrEvent,
  type Outcome,
} from '../../src/protocol/index.ts';
import { authored, CUSTOMER, hex32, PROVIDER } from './events.ts';
import { AGENT_FACTS } from './agent-facts.ts';
import { READERS } from './event-readers.ts';
import { ANNOUNCEMENT_FACTS } from './announcement-facts.ts';
import { ANSWER_FACTS } from './answer-facts.ts';
import { REQUEST_FACTS } from './request-facts.ts';

const WIRE_FACTS = [...REQUEST_FACTS, ...ANSWER_FACTS, ...ANNOUNCEMENT_FACTS, ...AGENT_FACTS];

function read(event: NostrEvent, decrypted?: string): Outcome<object> {
  if (event.kind === 31990) return parseAnnouncement(event);
  if ([11998, 30333].includes(event.kind)) return parseHeartbeat(event);
  if (event.kind === 7000) return parseJobFeedback(event, decrypted);
  const reader = READERS[event.kind];
  if (reader !== undefined && event.kind > 7000) return reader(event);
  return event.kind < 6000 ? parseJobRequest(event, decrypted) : parseJobResult(event, decrypted);
}

describe('what peers send is read', () => {
  test.each(WIRE_FACTS)('fact $fact: $says', ({ kind, tags, content = '', decrypted, reads }) => {
    const author = kind < 6000 ? CUSTOMER : PROVIDER;
    const event = authored(author, { kind, created_at: 1_700_000_000, tags, content });
    expect(read(event, decrypted)).toMatchObject({ ok: true, value: reads });
  });

  test('fact 7: NIP-04 is told from NIP-44 by its initialisation vector', () => {
    expect(encryptionScheme('c2VjcmV0?iv=aXY=')).toBe('nip04');
    expect(encryptionScheme('AgPyJZ0Oa==')).toBe('nip44');
  });

  test('fact 16: the results of feeds are tag lists, with brackets or without', () => {
    const tags = [
      ['e', hex32(1)],
      ['a', '30023:x:y'],
    ];
    expect(parseTagList(JSON.stringify(tags))).toEqual(tags);
    expect(parseTagList(JSON.stringify(tags).slice(1, -1))).toEqual(tags);
    expect(parseTagList('nothing found')).toBeNull();
  });

  test.each(['lud16', 'lightning_address'])('fact 23: a result names its lightning address in %s', (name) => {
    const tags = [
      ['e', hex32(1)],
      [name, 'bot@wallet.example'],
    ];
    const result = parseJobResult(authored(PROVIDER, { kind: 6050, created_at: 1, tags, content: '' }));
    expect(result.ok && paymentAddress(result.value)).toBe('bot@wallet.example');
  });

  test('fact 25: events with numbers for tag values or an object for content have no agreed id and are refused', () => {
    const event = authored(PROVIDER, { kind: 7000, created_at: 1, tags: [], content: '' });
    expect(parseEvent(event)).toMatchObject({ ok: true });
    for (const broken of [{ tags: [['amount', 1000]] }, { tags: [['x', true]] }, { content: { text: 'hi' } }])
      expect(parseEvent({ ...event, ...broken })).toMatchObject({ failure: { code: 'malformed-event' } });
  });
});

describe('what cannot be read is refused with a code', () => {
  const at = { created_at: 1, content: '' };

  test('a request of another kind', () => {
    const read7000 = parseJobRequest(authored(CUSTOMER, { ...at, kind: 7000, tags: [] }));
    expect(read7000).toMatchObject({ failure: { code: 'not-a-job-request', data: { kind: 7000 } } });
  });

  test('an input without data, naming the tag', () => {
    const tags = [['output', 'text/plain'], ['i']];
    const bare = parseJobRequest(authored(CUSTOMER, { ...at, kind: 5050, tags }));
    expect(bare).toMatchObject({ failure: { code: 'missing-input-data', data: { tag: 1 } } });
  });

  test('feedback and results that name no request', () => {
    const tags = [
      ['e', 'not hex'],
      ['request', '{"id":5}'],
      ['status', 'success'],
    ];
    const feedback = parseJobFeedback(authored(PROVIDER, { ...at, kind: 7000, tags }));
    expect(feedback).toMatchObject({ failure: { code: 'missing-request-id' } });
    const result = parseJobResult(authored(PROVIDER, { ...at, kind: 6050, tags }));
    expect(result).toMatchObject({ failure: { code: 'missing-request-id' } });
  });

  test('announcements of apps that sell no jobs', () => {
    const tags = [
      ['d', 'x'],
      ['k', '1'],
      ['k', '30023'],
    ];
    const app = parseAnnouncement(authored(PROVIDER, { ...at, kind: 31990, tags }));
    expect(app).toMatchObject({ failure: { code: 'no-job-kinds' } });
  });
});
