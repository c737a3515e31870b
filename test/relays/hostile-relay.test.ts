import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { orThrow, parseEvent, type Filter, type NostrEvent } from '../../src/protocol/index.ts';
import {
  createRelayPool,
  type RelayLimits,
  type RelayPool,
  type SocketConstructor,
  type Verifier,
} from '../../src/relays/index.ts';
import { createWorkerVerifier, NodeWebSocket } from '../../src/relays/node.ts';
import {
  newSigner,
  note,
  startScriptedRelay,
  stopScriptedRelays,
  until,
  type ScriptedRelay,
} from './scripted-relay.ts';

const NOW = 1_700_000_000;
const SOON: Partial<RelayLimits> = { minBackoffMs: 20, maxBackoffMs: 50 };
const verifier = createWorkerVerifier({ workers: 1 });
afterAll(() => verifier.close());

let relay: ScriptedRelay;
let stop: AbortController;
let pools: RelayPool[];

beforeEach(async () => {
  relay = await startScriptedRelay();
  stop = new AbortController();
  pools = [];
});
afterEach(async () => {
  stop.abort();
  for (const pool of pools) await pool.close();
  await stopScriptedRelays();
});

function open(
  limits: Partial<RelayLimits> = {},
  parts: { verifier?: Verifier; WebSocket?: SocketConstructor } = {},
) {
  const pool = createRelayPool({
    verifier,
    WebSocket: NodeWebSocket,
    now: () => NOW,
    ...parts,
    limits: { ...SOON, ...limits },
  });
  pools.push(pool);
  return pool;
}

/** Subscribes to kind 1 and returns what is heard, as it comes. */
function follow(pool: RelayPool, relays: readonly string[] = [relay.url]) {
  const heard = { got: new Array<NostrEvent>(), eoses: 0, refusals: new Array<string>() };
  const answered = pool.subscribe({
    relays,
    filters: [{ kinds: [1] }],
    onEvent: (event) => heard.got.push(event),
    onEose: () => (heard.eoses += 1),
    onClosed: (_relay, message) => heard.refusals.push(message),
    signal: stop.signal,
  });
  return Object.assign(heard, { answered });
}

/** Answers each REQ with these messages; `$` stands for the subscription's id. */
function answerRequests(...answers: readonly unknown[][]): void {
  relay.script = (client, [type, id], honestly) => {
    if (type !== 'REQ') return honestly();
    for (const answer of answers) client.say(...answer.map((item) => (item === '$' ? id : item)));
  };
}

describe('events', () => {
  test('that are forged, unasked for or malformed are never handed on', async () => {
    const good = await note({ content: 'good' });
    const event = await note();
    const forgeries = [
      { ...event, content: 'forged' },
      { ...event, sig: (await note({ content: 'other' })).sig },
      { ...event, pubkey: newSigner().pubkey },
      { ...event, pubkey: 'f'.repeat(64) }, // no point of the curve
      { ...event, sig: 'f'.repeat(128) },
      await note({ kind: 2 }),
      { ...event, id: event.id.toUpperCase() },
      { ...event, tags: [[1]] },
      { id: event.id },
      'event',
      null,
    ];
    answerRequests(
      ...forgeries.map((forged) => ['EVENT', '$', forged]),
      ['EVENT', 'r999', event],
      ['EVENT', '$', good],
      ['EOSE', '$'],
    );
    const heard = follow(open());
    await heard.answered;
    expect(heard.got).toEqual([good]);
  });

  test('with the id of another event do not stand in for it, in whatever order they come', async () => {
    const [first, second] = [await note({ content: 'first' }), await note({ content: 'second' })];
    answerRequests(
      ['EVENT', '$', { ...first, content: 'forged before' }],
      ['EVENT', '$', first],
      ['EVENT', '$', { ...first, content: 'forged after' }],
      ['EVENT', '$', second],
      ['EOSE', '$'],
    );
    const pool = open();
    const heard = follow(pool);
    await heard.answered;
    expect(heard.got).toEqual([first, second]);
    // The same again when the true event has long been verified, for a subscription that has not seen it.
    answerRequests(['EVENT', '$', { ...first, content: 'forged' }], ['EOSE', '$']);
    expect(await pool.query([relay.url], [{ kinds: [1] }])).toEqual([]);
    // And while the true one is being verified.
    const third = await note({ content: 'third' });
    answerRequests(['EVENT', '$', third], ['EVENT', '$', { ...third, content: 'forged' }], ['EOSE', '$']);
    expect(await pool.query([relay.url], [{ kinds: [1] }])).toEqual([third]);
  });

  test('are verified once, whatever number of relays and subscriptions bring them', async () => {
    let verified = 0;
    const counting: Verifier = {
      ...verifier,
      verify: (event) => {
        verified += 1;
        return verifier.verify(event);
      },
    };
    const second = await startScriptedRelay();
    const event = await note();
    relay.stored.push(event);
    second.stored.push(event);
    const pool = open({}, { verifier: counting });
    const all = Array.from({ length: 10 }, () => follow(pool, [relay.url, second.url]));
    await Promise.all(all.map(({ answered }) => answered));
    expect(all.every(({ got }) => got.length === 1)).toBe(true);
    expect(verified).toBe(1);
  });

  test('that could not be verified are asked for again', async () => {
    let broken = true;
    const failing: Verifier = {
      ...verifier,
      verify: (event) => (broken ? Promise.reject(new Error('out of order')) : verifier.verify(event)),
    };
    const event = await note();
    relay.stored.push(event);
    const heard = follow(open({}, { verifier: failing }));
    await until(() => relay.connections.accepted > 1);
    expect(heard.got).toEqual([]);
    broken = false;
    await until(() => heard.got.length === 1 && heard.eoses === 1);
  });

  test.each([
    ['pausing the relay', NodeWebSocket, 1],
    ['dropping and resuming', globalThis.WebSocket, 2], // as in a browser, reading cannot be paused
  ])('beyond what can be verified in time wait by %s', async (_how, WebSocket, leastConnections) => {
    const events = await Promise.all(
      Array.from({ length: 400 }, (_, age) => note({ created_at: NOW - age })),
    );
    relay.stored.push(...events);
    let waiting = 0;
    let most = 0;
    const counting: Verifier = {
      ...verifier,
      verify: async (event) => {
        most = Math.max(most, (waiting += 1));
        const valid = await verifier.verify(event);
        waiting -= 1;
        return valid;
      },
    };
    const heard = follow(open({ pendingEvents: 20 }, { verifier: counting, WebSocket }));
    await until(() => heard.eoses === 1);
    expect(new Set(heard.got.map(({ id }) => id)).size).toBe(events.length);
    expect(heard.got).toHaveLength(events.length);
    expect(relay.connections.accepted).toBeGreaterThanOrEqual(leastConnections);
    expect(most).toBeLessThan(events.length);
  });

  test('missed in an outage arrive although the relay returns only some at once', async () => {
    const heard = follow(open());
    await heard.answered;
    relay.stored.push(await note({ content: 'seen' }));
    relay.cutAll();
    await until(() => heard.got.length === 1);
    await relay.stop();
    const missed = await Promise.all(
      Array.from({ length: 730 }, (_, age) => note({ created_at: NOW - (age % 250), content: `${age}` })),
    );
    relay.stored.push(...missed);
    relay.script = (client, [type, id, filter], honestly) => {
      if (type !== 'REQ') return honestly();
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own client sent it
      const { since = 0, until: last = NOW } = filter as Filter;
      const page = relay.stored
        .filter(({ created_at }) => created_at >= since && created_at <= last)
        .toSorted((left, right) => right.created_at - left.created_at);
      for (const event of page.slice(0, 100)) client.say('EVENT', id, event);
      client.say('EOSE', id);
    };
    await relay.start();
    await until(() => heard.eoses === 3);
    expect(heard.got).toHaveLength(1 + missed.length);
    // All but the live request are closed again.
    await until(() => relay.heardOf('CLOSE').length === relay.heardOf('REQ').length - 3);
  });
});

/** The id of an event that a client sent. */
function idOf(event: unknown): string {
  return orThrow(parseEvent(event)).id;
}

describe('messages', () => {
  test('that make no sense, are binary or too long are ignored', async () => {
    const good = await note({ content: 'good' });
    const long = await note({ content: 'x'.repeat(2_000) });
    relay.onConnect = (client) => {
      for (const frame of [
        '',
        '[',
        'null',
        '{}',
        '[]',
        '"EVENT"',
        '["EVENT"]',
        '["OK",1,true]',
        '["CLOSED",{}]',
      ])
        client.sayRaw(frame);
      client.sayRaw('['.repeat(100_000));
      client.sayRaw(Uint8Array.from([0, 255, 7]));
      client.say('NOTICE', 'hello');
      client.say('COUNT', 'r1', { count: 3 });
      client.say('AUTH', 'x'.repeat(100_000));
    };
    answerRequests(['EVENT', '$', long], ['EVENT', '$', good], ['EOSE', '$']);
    const heard = follow(open({ messageChars: 2_000 }));
    await heard.answered;
    expect(heard.got).toEqual([good]);
    expect(relay.connections.accepted).toBe(1);
  });

  test.each([
    [true, 'duplicate: have it', 'duplicate'],
    [true, 'thanks', 'accepted'],
    [false, 'duplicate: have it', 'duplicate'],
    [false, 'invalid: bad signature', 'refused'],
    [false, 'blocked: not you', 'refused'],
    [false, 'pow: 20 bits', 'refused'],
    [false, 'restricted: members only', 'refused'],
    [false, 'rate-limited: slow down', 'retry'],
    [false, 'error: disk full', 'retry'],
    [false, 'mute: nobody listens', 'retry'],
    [false, 'auth-required: who are you?', 'retry'],
    [false, '', 'retry'],
  ])('an OK of %s with "%s" is %s', async (accepted, message, outcome) => {
    relay.script = (client, [, event]) => client.say('OK', idOf(event), accepted, message);
    expect(await open().publish(await note(), [relay.url])).toEqual([{ relay: relay.url, outcome, message }]);
  });

  test('an OK for another event answers nothing', async () => {
    const other = await note({ content: 'other' });
    relay.script = (client) => client.say('OK', other.id, true, '');
    const receipts = await open().publish(await note(), [relay.url], { timeoutMs: 200 });
    expect(receipts).toMatchObject([{ outcome: 'unreachable' }]);
  });
});

describe('a relay that refuses', () => {
  test('for good is not asked again', async () => {
    answerRequests(['CLOSED', '$', 'blocked: not you']);
    const pool = open({ idleMs: 10 });
    const heard = follow(pool);
    await heard.answered;
    expect(heard.refusals).toEqual(['blocked: not you']);
    await until(() => pool.status().size === 0);
    expect(relay.heardOf('REQ')).toHaveLength(1);
  });

  test('for now is asked again', async () => {
    answerRequests(['CLOSED', '$', 'rate-limited: slow down']);
    const heard = follow(open());
    await heard.answered;
    await until(() => relay.heardOf('REQ').length === 3);
    relay.script = (_client, _message, honestly) => honestly();
    await until(() => heard.eoses === 1);
    expect(heard.refusals).toEqual([]);
  });

  test('whoever it asks to prove who they are, ends the attempt', async () => {
    const signer = newSigner();
    const pool = createRelayPool({ verifier, signer, WebSocket: NodeWebSocket, limits: SOON });
    pools.push(pool);
    relay.onConnect = (client) => client.say('AUTH', 'prove it');
    relay.script = (client, [type, first]) => {
      const id = type === 'REQ' ? first : idOf(first);
      if (type === 'AUTH') client.say('OK', id, false, 'restricted: not you');
      else if (type === 'REQ') client.say('CLOSED', id, 'auth-required: who are you?');
      else if (type === 'EVENT') client.say('OK', id, false, 'auth-required: who are you?');
    };
    const heard = follow(pool);
    expect(await pool.publish(await note(), [relay.url])).toMatchObject([{ outcome: 'retry' }]);
    await heard.answered;
    expect(heard.refusals).toEqual(['auth-required: who are you?']);
    expect(relay.heardOf('AUTH')).toHaveLength(1);
  });
});

function silence(): void {
  relay.script = (client) => client.freeze();
}

describe('a relay that falls silent', () => {
  test('does not keep anyone waiting for ever', async () => {
    silence();
    const pool = open({ answerTimeoutMs: 50 });
    const heard = follow(pool);
    await heard.answered;
    expect(heard).toMatchObject({ got: [], eoses: 0 });
    expect(await pool.query([relay.url], [{ kinds: [1] }], { timeoutMs: 50 })).toEqual([]);
    expect(await pool.publish(await note(), [relay.url], { timeoutMs: 50 })).toMatchObject([
      { outcome: 'unreachable' },
    ]);
  });

  test('lets go of whoever aborts', async () => {
    silence();
    const pool = open();
    const heard = follow(pool);
    const { signal } = stop;
    const published = pool.publish(await note(), [relay.url], { signal });
    const queried = pool.query([relay.url], [{ kinds: [1] }], { signal });
    await until(() => relay.connections.open === 1);
    stop.abort();
    expect(await published).toMatchObject([{ outcome: 'unreachable', message: 'aborted' }]);
    expect(await queried).toEqual([]);
    await heard.answered;
    expect(await pool.publish(await note(), [relay.url], { signal })).toMatchObject([{ message: 'aborted' }]);
  });

  test('is noticed and left for a new connection', async () => {
    const heard = follow(open({ quietMs: 30, probeTimeoutMs: 30 }));
    await heard.answered;
    silence();
    await until(() => relay.heardOf('REQ').some(([, id]) => id === 'probe'));
    relay.script = (_client, _message, honestly) => honestly();
    await until(() => heard.eoses === 2);
    const event = await note();
    relay.accept(event);
    await until(() => heard.got.length === 1);
  });

  test('but answers a question is left in peace', async () => {
    const heard = follow(open({ quietMs: 10, probeTimeoutMs: 5_000 }));
    await heard.answered;
    await until(() => relay.heardOf('REQ').filter(([, id]) => id === 'probe').length >= 3);
    expect(relay.connections.accepted).toBe(1);
    expect(relay.heardOf('CLOSE').length).toBeGreaterThanOrEqual(2);
  });
});

test('relays beyond the bound are refused while the others are in use', async () => {
  const second = await startScriptedRelay();
  const pool = open({ connections: 1 });
  const heard = follow(pool);
  await heard.answered;
  expect(await pool.publish(await note(), [second.url])).toMatchObject([{ outcome: 'unreachable' }]);
  stop.abort();
  expect(await pool.publish(await note(), [second.url])).toMatchObject([{ outcome: 'accepted' }]);
});
