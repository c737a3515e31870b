import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { orThrow, type NostrEvent } from '../../src/protocol/index.ts';
import type { JobContext, Service } from '../../src/provider/index.ts';
import { shelfEventCount } from '../../src/services/event-count/event-count.ts';
import { readFilters } from '../../src/services/event-count/filters.ts';
import { failureCode, jobContext, runJob } from '../fixtures/job-context.ts';
import { newSigner, openShelfStage, unixNow, type ShelfStage } from './shelf-stage.ts';

let stage: ShelfStage;
let other: ShelfStage;
let counting: Service;
const author = newSigner();
const stored: NostrEvent[] = [];
const servers: WebSocketServer[] = [];

/** A relay that answers as it is told. */
async function startRelay(
  answer: (message: unknown[], say: (...words: unknown[]) => void) => void,
): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  servers.push(server);
  await new Promise((resolve) => server.once('listening', resolve));
  server.on('connection', (socket: WebSocket) => {
    socket.on('message', (data: Buffer) => {
      answer(JSON.parse(data.toString('utf8')) as unknown[], (...words) =>
        socket.send(JSON.stringify(words)),
      );
    });
  });
  return `ws://127.0.0.1:${(server.address() as { port: number }).port}`;
}

/** The count of `content` over these relays, which the operator named as its own. */
async function count(
  content: string,
  told: { relays?: string[]; groups?: string[]; settings?: object } = {},
) {
  const relays = told.relays ?? [stage.relayUrl];
  const service = await stage.openShelf('count').open(shelfEventCount, { relays, ...told.settings });
  return { service, job: request(content, told.groups) };
}

function request(content: string, groups: string[] = []): JobContext {
  const job = jobContext({ kind: 5400, inputs: [], params: groups.length > 0 ? { group: groups } : {} });
  return { ...job, request: { ...job.request, content } };
}

async function counted(...asked: Parameters<typeof count>): Promise<string> {
  const { service, job } = await count(...asked);
  return (await runJob(service.handler, job)).content;
}

async function refusal(...asked: Parameters<typeof count>): Promise<string> {
  const { service, job } = await count(...asked);
  return failureCode(service.handler, job);
}

beforeAll(async () => {
  [stage, other] = await Promise.all([openShelfStage(), openShelfStage()]);
  const now = unixNow();
  for (let at = 0; at < 12; at++) {
    const tags = at % 3 === 0 ? [['t', 'bread']] : [['t', 'sails']];
    stored.push(
      await stage.publish(author, { content: at % 2 === 0 ? '+' : '-', tags, created_at: now - at }),
    );
  }
  // Half of them are on the other relay as well, and one more.
  for (const event of stored.slice(0, 6)) await other.publishSigned(event);
  await other.publish(author, { content: 'only here' });
  counting = await stage.openShelf('count').open(shelfEventCount);
}, 40_000);
afterEach(() => {
  for (const server of servers.splice(0)) {
    for (const client of server.clients) client.terminate();
    server.close();
  }
});
afterAll(async () => {
  await stage.close();
  await other.close();
});

describe('events are counted', () => {
  test('on one relay, as the relay says; a limit does not cut the count', async () => {
    expect(await counted(JSON.stringify([{ authors: [author.pubkey], limit: 2 }]))).toBe('12');
    expect(await counted('{"#kinds":[1],"#t":["bread"]}')).toBe('4');
    expect(await counted('[{"kinds":[1984]}]')).toBe('0');
  });

  test('over several relays each once', async () => {
    const relays = [stage.relayUrl, other.relayUrl];
    expect(await counted(JSON.stringify([{ authors: [author.pubkey] }]), { relays })).toBe('13');
  });

  test('by groups, nested', async () => {
    const content = await counted('[{"kinds":[1]}]', { groups: ['t', 'content'] });
    expect(JSON.parse(content)).toEqual({ bread: { '+': 2, '-': 2 }, sails: { '+': 4, '-': 4 } });
    expect(JSON.parse(await counted('[{"kinds":[1]}]', { groups: ['pubkey'] }))).toEqual({
      [author.pubkey]: 12,
    });
  });

  test('page by page where the relay does not count by itself', async () => {
    const url = await startRelay(([verb, id, filter], say) => {
      if (verb !== 'REQ') return say('NOTICE', 'unknown message');
      const { until = Infinity } = filter as { until?: number };
      const page = stored.filter(({ created_at: at }) => at <= until).slice(0, 5);
      for (const event of page) say('EVENT', id, event);
      say('EOSE', id);
    });
    expect(await counted('[{"kinds":[1]}]', { relays: [url] })).toBe('12');
  });

  test('without a relay that is gone, which the customer is told', async () => {
    const { service, job } = await count('[{"kinds":[1]}]', {
      relays: [stage.relayUrl, 'ws://127.0.0.1:1'],
    });
    const { content, progress } = await runJob(service.handler, job);
    expect(content).toBe('12');
    expect(progress).toEqual([{ type: 'progress', note: expect.stringContaining('127.0.0.1:1') }]);
  });
});

describe('hostile relays', () => {
  test('forged, foreign and repeated events count for nothing', async () => {
    const [event] = stored as [NostrEvent];
    const foreign = await newSigner().sign({ kind: 9, created_at: 1, tags: [], content: '' });
    const url = await startRelay(([verb, id], say) => {
      if (verb === 'CLOSE') return;
      if (verb === 'COUNT') return say('CLOSED', id, 'unsupported: no counting');
      for (const junk of [event, event, { ...event, content: 'forged' }, foreign, null, { id: 1 }])
        say('EVENT', id, junk);
      say('EVENT', 'another', stored[1]);
      say('EOSE', id);
    });
    expect(await counted('[{"kinds":[1]}]', { relays: [url] })).toBe('1');
  });

  test('an endless answer is left', async () => {
    const url = await startRelay(([verb, id], say) => {
      if (verb === 'COUNT') return say('NOTICE', 'no');
      for (let sent = 0; sent < 3000; sent++) say('EVENT', id, { junk: sent });
    });
    expect(await refusal('[{"kinds":[1]}]', { relays: [url] })).toBe('relay-unreachable');
  });

  test('more events than are fetched are not guessed', async () => {
    const settings = { max_events: 5 };
    expect(await refusal('[{"kinds":[1]}]', { groups: ['t'], settings })).toBe('too-many-events');
    const relays = [stage.relayUrl, other.relayUrl];
    const { service, job } = await count('[{"kinds":[1]}]', { relays, settings });
    const { content, progress } = await runJob(service.handler, job);
    expect(content).toBe('12');
    expect(progress).toHaveLength(1);
  });

  test('a count that is no number is not passed on', async () => {
    const url = await startRelay(([verb, id], say) => {
      if (verb === 'COUNT') return say('COUNT', id, { count: -3 });
      if (verb === 'REQ') say('EOSE', id);
    });
    expect(await counted('[{"kinds":[1]}]', { relays: [url] })).toBe('0');
  });

  test('words of refusal that are no words harm nobody', async () => {
    const url = await startRelay(([verb, id], say) => {
      if (verb === 'COUNT') return say('NOTICE', { toString: null });
      if (verb === 'REQ') say('CLOSED', id, { toString: null, valueOf: null });
    });
    expect(await refusal('[{"kinds":[1]}]', { relays: [url] })).toBe('relay-refused');
  });

  test('a customer cannot point at machines behind the firewall', async () => {
    const job = jobContext({ kind: 5400, inputs: [], params: { relay: ['ws://127.0.0.1:7777'] } });
    const asked = { ...job, request: { ...job.request, content: '[{"kinds":[1]}]' } };
    expect(await failureCode(counting.handler, asked)).toBe('relay-unreachable');
    const closed = await stage.openShelf('closed').open(shelfEventCount, { customer_relays: false });
    expect(await failureCode(closed.handler, asked)).toBe('relay-not-served');
  });
});

describe('what to count', () => {
  test.each([
    ['nothing', ''],
    ['words', 'how many notes are there?'],
    ['a number', '7'],
    ['an empty list', '[]'],
  ])('%s is no filter', (_, content) => {
    expect(readFilters(content)).toMatchObject({ ok: false, failure: { code: 'no-filter' } });
  });

  test.each([
    ['a search', [{ search: 'x' }]],
    ['a long tag name', [{ '#title': ['x'] }]],
    ['an id that is none', [{ ids: ['x'] }]],
    ['a kind that is none', [{ kinds: [-1] }]],
    ['no field', [{}]],
    ['too many', Array.from({ length: 6 }, () => ({ kinds: [1] }))],
  ])('a filter with %s is refused', (_, filters) => {
    expect(readFilters(JSON.stringify(filters))).toMatchObject({
      ok: false,
      failure: { code: 'invalid-filter' },
    });
  });

  test('one filter stands for a list of it', () => {
    expect(orThrow(readFilters('{"kinds":[1],"since":5,"limit":3}'))).toEqual([{ kinds: [1], since: 5 }]);
  });
});
