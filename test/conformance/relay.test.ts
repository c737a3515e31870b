import { afterEach, beforeEach, expect } from 'vitest';
import type { RelayServer } from '../../src/relay-server/index.ts';
import { newKey, nowS, RelayClient, sign, startRelay } from '../relay-server/relay-client.ts';
import { verifies } from './verifies.ts';

let relay: RelayServer;
let client: RelayClient;
const [key, other] = [newKey(), newKey()];

beforeEach(async () => {
  relay = await startRelay({ privateKinds: [1059] });
  client = await RelayClient.connect(relay.url);
});
afterEach(async () => {
  await client.end();
  await relay.close();
});

verifies(
  'NIP-40.ephemeral',
  'an ephemeral event with an expiration is passed on and not stored',
  async () => {
    await client.subscribe('live', { kinds: [20_001] });
    const event = sign({ kind: 20_001, tags: [['expiration', String(nowS() + 3_600)]] }, key);
    expect(await client.publish(event)).toEqual([true, '']);
    await client.hearsEvent('live', event.id);
    expect(await client.query({ ids: [event.id] })).toEqual([]);
  },
);

verifies('NIP-42.all-keys-count', 'the messages of every proven key are shown', async () => {
  const wraps = [key, other].map((to) => sign({ kind: 1059, tags: [['p', sign({}, to).pubkey]] }, newKey()));
  for (const wrap of wraps) await client.publish(wrap);
  await client.authenticate(key, relay.url);
  expect(await client.query({ kinds: [1059] })).toEqual(wraps.slice(0, 1));
  await client.authenticate(other, relay.url);
  const shown = await client.query({ kinds: [1059] });
  expect(new Set(shown.map(({ id }) => id))).toEqual(new Set(wraps.map(({ id }) => id)));
});

verifies('NIP-47.relay-payload', 'a wallet message of 64 KB and its envelope are passed on', async () => {
  await client.subscribe('nwc', { kinds: [23_195] });
  const event = sign({ kind: 23_195, content: 'A'.repeat(64 * 1024) }, key);
  expect(await client.publish(event)).toEqual([true, '']);
  await client.hearsEvent('nwc', event.id);
});
