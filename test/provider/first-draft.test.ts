import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { msat, satsToMsat, type NostrEvent } from '../../src/protocol/index.ts';
import { service, type ProviderOptions } from '../../src/provider/index.ts';
import { openBuyingStage, type BuyingStage } from '../customer/stage.ts';
import { openScriptedCustomer, type ScriptedCustomer } from './scripted-customer.ts';
import { openSeller, type Seller } from './stage.ts';

let stage: BuyingStage;
let customer: ScriptedCustomer;
const sellers: Seller[] = [];

beforeAll(async () => {
  stage = await openBuyingStage();
}, 60_000);
afterEach(async () => {
  customer.close();
  for (const seller of sellers.splice(0)) await seller.close();
  await stage.sweep();
});
afterAll(() => stage.close());

async function sell(kind: number, priceSats: number, told: Partial<ProviderOptions> = {}): Promise<Seller> {
  customer = await openScriptedCustomer(stage);
  const offered = service({
    kind,
    handler: async ({ text, params }) => `${text} in ${params.get('language')?.[0] ?? 'short'}`,
    priceSats,
    ...(priceSats > 0 ? { exchanges: ['hold', 'postpay'] as const } : {}),
  });
  const limit = satsToMsat(priceSats);
  const seller = await openSeller(stage, [offered], {
    dialects: ['nip-90', 'first-draft'],
    trust: () => ({ workUnpaidUpToMsat: limit, deliverUnpaidUpToMsat: limit }),
    ...told,
  });
  sellers.push(seller);
  return seller;
}

/** As the draft's own examples have it: nothing of NIP-90 and nothing of ours. */
function ask(jobType: string, tags: string[][] = []): Promise<NostrEvent> {
  return customer.publish({
    kind: 68001,
    created_at: Math.floor(Date.now() / 1000),
    tags: [['j', jobType], ['input', 'a red fox', 'text'], ['relays', stage.relayUrl], ...tags],
    content: '',
  });
}

function tagOf(event: NostrEvent, name: string): readonly string[] | undefined {
  return event.tags.find(([tag]) => tag === name);
}

describe('a customer of the first draft', () => {
  test('gets free work as a kind 68002 result that carries its request', async () => {
    const seller = await sell(5001, 0);
    const request = await ask('summarization');
    const { event } = await customer.result(request);
    expect(event).toMatchObject({
      kind: 68002,
      content: 'a red fox in short',
      pubkey: seller.provider.pubkey,
    });
    expect(tagOf(event, 'status')?.[1]).toBe('success');
    expect(JSON.parse(tagOf(event, 'request')?.[1] ?? '')).toMatchObject({ id: request.id, kind: 68001 });
    expect(tagOf(event, 'p')?.[1]).toBe(customer.signer.pubkey);
    await seller.until(({ work }) => work === 'closed');
  });

  test('gets paid work with the payment that it asks, and pays after it accepted', async () => {
    const seller = await sell(5002, 10);
    const request = await ask('translation', [
      ['params', 'language', 'es'],
      ['bid', '21'],
    ]);
    const { event, bolt11 } = await customer.result(request);
    expect(event.content).toBe('a red fox in es');
    expect(tagOf(event, 'payment')?.[1]).toBe('10');
    await customer.pay(bolt11);
    await seller.until(({ work, money }) => work === 'closed' && money === 'settled');
  });

  test('is served by the same service as one of NIP-90', async () => {
    const seller = await sell(5001, 0);
    const [draft, nip90] = [await ask('summarization'), await customer.request(5001)];
    expect((await customer.result(draft)).event.kind).toBe(68002);
    expect((await customer.result(nip90)).event.kind).toBe(6001);
    expect(seller.moves.map(({ serviceId }) => serviceId)).toContain('coinop-5001');
  });

  test('that is not trusted with the price is refused by a result that says error', async () => {
    const seller = await sell(5001, 10, {
      trust: () => ({ workUnpaidUpToMsat: msat(0n), deliverUnpaidUpToMsat: msat(0n) }),
    });
    const request = await ask('summarization', [['p', seller.provider.pubkey]]);
    const refusal = await customer.feedback(request, 'error');
    expect(refusal.event.kind).toBe(68002);
    expect(tagOf(refusal.event, 'status')?.[1]).toBe('error');
  });

  test('that withdraws its request gets nothing', async () => {
    customer = await openScriptedCustomer(stage);
    const request = await ask('speech-to-text');
    await customer.cancel(request);
    customer.close();
    const seller = await sell(5000, 0);
    await customer.result(await ask('speech-to-text'));
    expect(seller.moves.some(({ requestId }) => requestId === request.id)).toBe(false);
  });

  test('is not heard by a provider that did not opt in', async () => {
    const deaf = await sell(5001, 0, { dialects: ['nip-90'] });
    const request = await ask('summarization', [['p', deaf.provider.pubkey]]);
    const other = await customer.request(5001);
    await customer.result(other);
    expect(customer.answers(request)).toEqual([]);
  });
});
