import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { orThrow, parseEvent, type NostrEvent } from '../../src/protocol/index.ts';
import { createRelayPool, type RelayPool } from '../../src/relays/index.ts';
import { createWorkerVerifier, NodeWebSocket } from '../../src/relays/node.ts';
import {
  newSigner,
  note,
  startScriptedRelay,
  stopScriptedRelays,
  until,
  type ScriptedRelay,
} from './scripted-relay.ts';

const verifier = createWorkerVerifier({ workers: 1 });
afterAll(() => verifier.close());

let relay: ScriptedRelay;
let stop: AbortController;
let pool: RelayPool;
beforeEach(async () => {
  relay = await startScriptedRelay();
  stop = new AbortController();
  pool = createRelayPool({
    verifier,
    signer: newSigner(),
    WebSocket: NodeWebSocket,
    limits: { minBackoffMs: 20, maxBackoffMs: 50 },
  });
});
afterEach(async () => {
  stop.abort();
  await pool.close();
  await stopScriptedRelays();
});

function idOf(event: unknown): string {
  return orThrow(parseEvent(event)).id;
}

/** Subscribes to kind 1 and returns what is heard, as it comes. */
function follow() {
  const heard = { got: new Array<NostrEvent>(), eoses: 0, refusals: new Array<string>() };
  const answered = pool.subscribe({
    relays: [relay.url],
    filters: [{ kinds: [1] }],
    onEvent: (event) => heard.got.push(event),
    onEose: () => (heard.eoses += 1),
    onClosed: (_relay, message) => heard.refusals.push(message),
    signal: stop.signal,
  });
  return Object.assign(heard, { answered });
}

/** Makes the relay accept only proofs of its newest challenge. `challenge` asks for a new one. */
function guardedRelay() {
  let challenge = 'first';
  let proven = false;
  let say: (...message: unknown[]) => void = () => undefined;
  relay.onConnect = (client) => {
    say = (...message) => client.say(...message);
    say('AUTH', challenge);
  };
  relay.script = (client, [type, first], honestly) => {
    const id = type === 'AUTH' || type === 'EVENT' ? idOf(first) : first;
    if (type === 'AUTH') {
      proven = JSON.stringify(first).includes(`["challenge","${challenge}"]`);
      client.say('OK', id, proven, proven ? '' : 'invalid: not this challenge');
    } else if (type === 'REQ' && !proven) client.say('CLOSED', id, 'auth-required: who are you?');
    else if (type === 'EVENT' && !proven) client.say('OK', id, false, 'auth-required: who are you?');
    else honestly();
  };
  return {
    close: (askId: unknown) => say('CLOSED', askId, 'auth-required: who are you?'),
    challenge(next: string) {
      challenge = next;
      proven = false;
      say('AUTH', next);
    },
  };
}

describe('a relay that asks again who we are on the same connection', () => {
  test('is answered with its newest challenge, by what is published and what is asked', async () => {
    const guard = guardedRelay();
    expect(await pool.publish(await note(), [relay.url])).toMatchObject([{ outcome: 'accepted' }]);
    guard.challenge('second');
    expect(await pool.publish(await note({ content: 'two' }), [relay.url])).toMatchObject([
      { outcome: 'accepted' },
    ]);
    guard.challenge('third');
    const heard = follow();
    await until(() => heard.eoses === 1);
    expect(heard.refusals).toEqual([]);
    expect(relay.heardOf('AUTH')).toHaveLength(3);
    expect(relay.connections.accepted).toBe(1);
  });

  test('keeps the subscription that it closes until then', async () => {
    const guard = guardedRelay();
    const heard = follow();
    await until(() => heard.eoses === 1);
    const askId = relay.heardOf('REQ').at(-1)?.[1];
    guard.challenge('second');
    guard.close(askId);
    await until(() => heard.eoses === 2);
    relay.accept(await note());
    await until(() => heard.got.length === 1);
    expect(heard.refusals).toEqual([]);
  });

  test('while it waits for the proof gets the one it asked for last', async () => {
    relay.onConnect = (client) => client.say('AUTH', 'first');
    let proofs = 0;
    relay.script = (client, [type, first], honestly) => {
      if (type === 'REQ' && proofs < 2) client.say('CLOSED', first, 'auth-required: who are you?');
      else if (type !== 'AUTH') honestly();
      else if ((proofs += 1) === 1) client.say('AUTH', 'second');
      else client.say('OK', idOf(first), true, '');
    };
    const heard = follow();
    await until(() => heard.eoses === 1);
    const challenges = relay.heardOf('AUTH').map(([, event]) => JSON.stringify(event));
    expect(challenges).toEqual([
      expect.stringContaining('["challenge","first"]'),
      expect.stringContaining('["challenge","second"]'),
    ]);
  });

  test('and refuses every proof is not answered for ever', async () => {
    let challenges = 0;
    relay.onConnect = (client) => client.say('AUTH', 'challenge 0');
    relay.script = (client, [type, first]) => {
      if (type === 'AUTH') client.say('OK', idOf(first), true, '');
      if (type !== 'REQ') return;
      client.say('AUTH', `challenge ${(challenges += 1)}`);
      client.say('CLOSED', first, 'auth-required: who are you?');
    };
    const heard = follow();
    await heard.answered;
    expect(heard.refusals).toEqual(['auth-required: who are you?']);
    expect(relay.heardOf('AUTH')).toHaveLength(3);
  });
});
