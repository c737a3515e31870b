import { afterAll, beforeAll, expect, test } from 'vitest';
import { relaySockets } from '../../src/account/relay-sockets.ts';
import { createNwcConnection } from '../../src/money/index.ts';
import { createInlineVerifier, createRelayPool } from '../../src/relays/index.ts';
import { openRelayStage, type RelayStage } from '../fixtures/relay-stage.ts';
import { someEvent } from './stage.ts';

let stage: RelayStage;
beforeAll(async () => {
  stage = await openRelayStage();
});
afterAll(() => stage.close());

/** Whether an account with these relays of its own would talk to that one. */
async function reaches(url: string, own: Parameters<typeof relaySockets>[0]): Promise<boolean> {
  const pool = createRelayPool({ verifier: createInlineVerifier(), WebSocket: relaySockets(own) });
  try {
    const [receipt] = await pool.publish(someEvent('ab'.repeat(32)), [url], { timeoutMs: 3000 });
    return receipt?.outcome === 'refused'; // the relay has looked at its signature
  } finally {
    await pool.close();
  }
}

test.each([
  ['by its address', (url: string) => url],
  ['by a name that leads there', (url: string) => url.replace('127.0.0.1', 'localhost')],
])('a private relay that a stranger names %s is not connected to', async (_how, named) => {
  expect(await reaches(named(stage.relay.url), { relayUrls: ['wss://relay.example'] })).toBe(false);
});

test('the relays of the account and of its wallet may be private', async () => {
  const { url } = stage.relay;
  expect(await reaches(url, { relayUrls: [url] })).toBe(true);
  const { uri } = createNwcConnection({ relayUrls: [url] });
  expect(await reaches(url, { relayUrls: [], walletUri: uri })).toBe(true);
});
