import { afterAll, afterEach, beforeAll, expect, vi } from 'vitest';
import type { Customer } from '../../src/customer/index.ts';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import {
  buildCancellation,
  findTag,
  INPUT_TYPES,
  RELAY_LIST_KIND,
  satsToMsat,
  tagValues,
  type Filter,
  type NostrEvent,
} from '../../src/protocol/index.ts';
import { service, type JobHandler } from '../../src/provider/index.ts';
import { answerRelays, type ProviderContext } from '../../src/provider/context.ts';
import { buy, openBuyingStage, WISH, type BuyingStage } from '../customer/stage.ts';
import { openRelayStage, type RelayStage } from '../fixtures/relay-stage.ts';
import { openSeller, type Seller } from '../provider/stage.ts';
import { verifies } from './verifies.ts';

let stage: BuyingStage;
let elsewhere: RelayStage;
const sellers: Seller[] = [];

beforeAll(async () => {
  [stage, elsewhere] = await Promise.all([openBuyingStage(), openRelayStage()]);
}, 60_000);
afterEach(async () => {
  for (const seller of sellers.splice(0)) await seller.close();
  await stage.sweep();
});
afterAll(async () => {
  await elsewhere.close();
  await stage.close();
});

async function sell(handler: JobHandler, priceSats: number): Promise<Seller> {
  const seller = await openSeller(stage, [service({ kind: 5050, priceSats, handler })]);
  sellers.push(seller);
  return seller;
}

/** Waits until the relay shows events that match. */
function shown(url: string, filter: Filter): Promise<readonly NostrEvent[]> {
  return vi.waitFor(
    async () => {
      const events = await stage.openPool().query([url], [filter]);
      if (events.length === 0) throw new Error('Nothing is shown yet.');
      return events;
    },
    { timeout: 20_000 },
  );
}

verifies(
  ['NIP-09.kind-tag', 'NIP-09.client-spreads-deletion'],
  'a cancellation names the kind of the request and goes wherever the request went',
  async () => {
    const relayUrls = [stage.relayUrl, elsewhere.relay.url];
    const customer = stage.openCustomer({ relayUrls });
    const { requestId } = await buy(customer);
    for (const url of relayUrls) await shown(url, { ids: [requestId] });
    await customer.cancel(requestId);
    for (const url of relayUrls)
      expect(await shown(url, { kinds: [5], '#e': [requestId] })).toMatchObject([
        {
          tags: [
            ['e', requestId],
            ['k', '5050'],
          ],
        },
      ]);
  },
);

verifies('NIP-09.author-only', 'a stranger’s deletion does not stop a provider', async () => {
  const [begun, mayEnd] = [Promise.withResolvers<AbortSignal>(), Promise.withResolvers<string>()];
  const seller = await sell(({ signal }) => {
    begun.resolve(signal);
    return mayEnd.promise;
  }, 0);
  const purchase = await buy(stage.openCustomer());
  const signal = await begun.promise;
  const createdAt = Math.floor(Date.now() / 1000);
  const stranger = secretKeySigner(generateSecretKey());
  const { requestId } = purchase;
  const deletion = await stranger.sign(buildCancellation({ requestId, requestKind: 5050, createdAt }));
  await stage.openPool().publish(deletion, [stage.relayUrl]);
  // What the provider hears after the deletion, it answers after the deletion.
  const next = await buy(stage.openCustomer());
  await shown(stage.relayUrl, { kinds: [7000], '#e': [next.requestId] });
  expect(signal.aborted).toBe(false);
  mayEnd.resolve('done');
  expect(await purchase.result()).toMatchObject({ ok: true, value: { content: 'done' } });
  expect(seller.moves.some(({ work }) => work === 'cancelled')).toBe(false);
});

verifies('NIP-89.client-tag-opt-out', 'nothing that a purchase publishes names a client', async () => {
  await sell(async () => 'done', 0);
  const purchase = await buy(stage.openCustomer());
  await purchase.result();
  // The provider's own lists are no part of a purchase; by that tag it knows them again.
  const events = (await shown(stage.relayUrl, {})).filter(({ kind }) => kind !== RELAY_LIST_KIND);
  expect(events.length).toBeGreaterThan(3);
  for (const event of events) expect(findTag(event, 'client')).toBeUndefined();
});

verifies(
  'NIP-90.input-types',
  'a wish with another type of input is refused, the four are written',
  async () => {
    const wish = (customer: Customer, type: string) =>
      customer.buy({ ...WISH, inputs: [{ data: 'a red fox', type }] });
    expect(await wish(stage.openCustomer(), 'prompt')).toMatchObject({
      failure: { code: 'invalid-wish', data: { field: 'inputs' } },
    });
    for (const type of INPUT_TYPES) {
      const bought = await wish(stage.openCustomer(), type);
      if (!bought.ok) throw new Error(bought.failure.message);
      const [request] = await shown(stage.relayUrl, { ids: [bought.value.requestId] });
      expect(request?.tags).toContainEqual(['i', 'a red fox', type]);
    }
  },
);

verifies(
  'NIP-90.payment-required',
  'nothing is worked before the money is there, and the price is told so',
  async () => {
    const worked: string[] = [];
    const seller = await sell(async ({ text, request }) => {
      worked.push(request.id);
      return text;
    }, 21);
    const ask = async (text: string): Promise<NostrEvent> => {
      const signer = secretKeySigner(generateSecretKey());
      const tags = [
        ['i', text, 'text'],
        ['p', seller.provider.pubkey],
      ];
      const created_at = Math.floor(Date.now() / 1000);
      const request = await signer.sign({ kind: 5050, created_at, tags, content: '' });
      await stage.openPool().publish(request, [stage.relayUrl]);
      return request;
    };
    const quoteOf = async (request: NostrEvent): Promise<NostrEvent> => {
      const [quote] = await shown(stage.relayUrl, { kinds: [7000], '#e': [request.id] });
      if (quote === undefined) throw new Error('No quote.');
      expect(tagValues(quote, 'status')).toEqual(['payment-required']);
      expect(findTag(quote, 'amount')?.[1]).toBe('21000');
      return quote;
    };
    const [unpaid, paid] = [await ask('one'), await ask('two')];
    await quoteOf(unpaid);
    const bolt11 = findTag(await quoteOf(paid), 'amount')?.[2] ?? '';
    expect(worked).toEqual([]);
    const paying = stage.wallet().pay({ bolt11, feeLimitMsat: satsToMsat(5) });
    await shown(stage.relayUrl, { kinds: [6050], '#e': [paid.id] });
    expect(await paying).toMatchObject({ ok: true });
    expect(worked).toEqual([paid.id]);
  },
);

verifies('NIP-90.answers-where-asked', 'answers go to the public relays that the request names', () => {
  const context = { relayUrls: ['wss://own.example'] } as Pick<
    ProviderContext,
    'relayUrls'
  > as ProviderContext;
  const asked = [
    'wss://own.example',
    'wss://asked.example',
    'ws://127.0.0.1:1',
    'wss://10.0.0.1',
    'wss://router.lan',
  ];
  expect(answerRelays(context, asked)).toEqual({
    relays: ['wss://own.example'],
    alsoRelays: ['wss://asked.example'],
  });
});
