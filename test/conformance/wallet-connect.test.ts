import { bytesToHex } from '@noble/hashes/utils.js';
import { afterAll, beforeAll, expect } from 'vitest';
import { createNwcConnection, memoryNwcConnections, serveNwc } from '../../src/money/index.ts';
import { parseNwcUri } from '../../src/money/nwc-connection.ts';
import { asJsonObject, type JsonObject } from '../../src/money/nwc-protocol.ts';
import { orThrow, tagValues, type NostrEvent } from '../../src/protocol/index.ts';
import { openHandDrivenClient, type HandDrivenClient } from '../fixtures/hand-driven-client.ts';
import { openNwcMarket, ownersGrant, type NwcMarket } from '../fixtures/nwc-market.ts';
import { unixNow } from '../fixtures/nwc-stage.ts';
import { verifies } from './verifies.ts';

let market: NwcMarket;
let uri: string;
let client: HandDrivenClient;
const end = new AbortController();

beforeAll(async () => {
  market = await openNwcMarket();
  uri = await market.serve('provider');
  client = await openHandDrivenClient({ uri, pool: market.openPool(), signal: end.signal });
});
afterAll(async () => {
  end.abort();
  await market.close();
});

async function ask(
  method: string,
  params: JsonObject,
): Promise<{ readonly request: NostrEvent; readonly event: NostrEvent; readonly message: JsonObject }> {
  const request = await client.send(method, params);
  const isAnswer = ({ event }: { event: NostrEvent }) => tagValues(event, 'e').includes(request.id);
  await expect.poll(() => client.heard.filter(isAnswer).length, { timeout: 20_000 }).toBe(1);
  const answer = client.heard.find(isAnswer);
  if (answer === undefined) throw new Error('No answer was heard.');
  return { request, ...answer };
}

verifies('NIP-47.p-tag', 'requests name the wallet and responses the client, once', async () => {
  const wallet = market.openWallet(uri);
  const asked = market.openPool();
  const requests: NostrEvent[] = [];
  await asked.subscribe({
    relays: [market.relay.url],
    filters: [{ kinds: [23_194] }],
    onEvent: (event) => requests.push(event),
    signal: end.signal,
  });
  expect(await wallet.balance()).toMatchObject({ ok: true });
  await expect.poll(() => requests.length, { timeout: 20_000 }).toBe(1);
  expect(requests.map((event) => tagValues(event, 'p'))).toEqual([[client.walletPubkey]]);
  const { event } = await ask('get_balance', {});
  expect(tagValues(event, 'p')).toEqual([client.signer.pubkey]);
});

verifies('NIP-47.error-code-and-message', 'a refusal has a code and words', async () => {
  for (const [method, params] of [
    ['pay_invoice', {}],
    ['fly', {}],
    ['lookup_invoice', { payment_hash: 'ab'.repeat(32) }],
  ] as const) {
    const { message } = await ask(method, params);
    expect(asJsonObject(message['error'])).toEqual({
      code: expect.stringMatching(/^[A-Z_]+$/),
      message: expect.stringMatching(/\w+ \w+/),
    });
  }
});

verifies(
  ['NIP-47.metadata-limit', 'NIP-47.metadata-dropped'],
  'metadata is dropped and the invoice made, whatever its size',
  async () => {
    for (const comment of ['short', 'x'.repeat(5_000)]) {
      const made = asJsonObject(
        (await ask('make_invoice', { amount: 1_000, metadata: { comment } })).message['result'],
      );
      const payment_hash = made?.['payment_hash'];
      const { message } = await ask('lookup_invoice', { payment_hash });
      expect(message).toMatchObject({ error: null, result: { amount: 1_000, payment_hash } });
      expect(JSON.stringify([made, message])).not.toContain(comment);
    }
  },
);

verifies('NIP-47.notification-p-tag', 'a notification names its client, once', async () => {
  const payer = market.bankWallet('customer');
  const { message } = await ask('make_invoice', { amount: 2_000 });
  const bolt11 = String(asJsonObject(message['result'])?.['invoice']);
  orThrow(await payer.pay({ bolt11, feeLimitMsat: orThrow(await payer.balance()).spendableMsat }));
  const notices = () => client.heard.filter(({ event }) => event.kind === 23_197 || event.kind === 23_196);
  await expect.poll(() => notices().length, { timeout: 20_000 }).toBe(2);
  for (const { event } of notices()) expect(tagValues(event, 'p')).toEqual([client.signer.pubkey]);
});

verifies('NIP-47.key-per-client', 'two clients of one wallet know it by different keys', async () => {
  const second = orThrow(parseNwcUri(await market.serve('provider')));
  expect(second.walletPubkey).not.toBe(client.walletPubkey);
});

verifies(
  ['NIP-47.forgets-secret', 'NIP-47.works-without-secret'],
  'a service that was told nothing but the client’s public key serves it',
  async () => {
    const relayUrls = [market.relay.url];
    const made = createNwcConnection({ relayUrls });
    const { secretKey } = orThrow(parseNwcUri(made.uri));
    const { uri: forClient, ...kept } = made;
    expect(Object.keys(kept).toSorted()).toEqual(['clientPubkey', 'serviceSecretKey']);
    expect(bytesToHex(kept.serviceSecretKey)).not.toBe(bytesToHex(secretKey));
    const service = await serveNwc({
      wallet: market.bankWallet('provider'),
      relays: market.openPool(),
      relayUrls,
      connections: memoryNwcConnections([ownersGrant(kept)]),
      now: unixNow,
    });
    expect(await market.openWallet(forClient).balance()).toMatchObject({ ok: true });
    await service.close();
  },
);
