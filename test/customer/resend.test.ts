import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Customer } from '../../src/customer/index.ts';
import { generateSecretKey, secretKeySigner, wrapFor, type Signer } from '../../src/keys/index.ts';
import {
  normalizeRelayUrl,
  orThrow,
  wrapJobMessage,
  type JobMessageDraft,
  type NostrEvent,
  type Outcome,
} from '../../src/protocol/index.ts';
import { service, type ProviderOptions } from '../../src/provider/index.ts';
import type { RelayPool } from '../../src/relays/index.ts';
import { openRelayStage, type RelayStage } from '../fixtures/relay-stage.ts';
import { openSeller, type Seller } from '../provider/stage.ts';
import { buy, openBuyingStage, untilState, type BuyingStage } from './stage.ts';

let stage: BuyingStage;
/** The relay that only the provider has. Requests and answers travel over that of the stage. */
let elsewhere: RelayStage;
const sellers: Seller[] = [];
/** A kind for each test, of which nothing is known: requests of the others still stand on the relay. */
let kind = 5720;

beforeAll(async () => {
  [stage, elsewhere] = await Promise.all([openBuyingStage(), openRelayStage()]);
}, 60_000);
afterEach(async () => {
  kind += 1;
  for (const seller of sellers.splice(0)) await seller.close();
  await stage.sweep();
});
afterAll(async () => {
  await elsewhere.close();
  await stage.close();
});

const codeOf = (outcome: Outcome<unknown>): string => (outcome.ok ? 'ok' : outcome.failure.code);

/** A pool whose results do not reach the stage's relay until `heal`; `sent` are those that were to go there. */
function brokenPool(isBrokenFirst: boolean): {
  readonly pool: RelayPool;
  readonly heal: () => void;
  readonly sent: NostrEvent[];
} {
  const real = stage.openPool();
  const near = normalizeRelayUrl(stage.relayUrl) ?? '';
  const sent: NostrEvent[] = [];
  let isBroken = isBrokenFirst;
  const pool: RelayPool = {
    subscribe: (options) => real.subscribe(options),
    query: (...query) => real.query(...query),
    status: () => real.status(),
    close: () => real.close(),
    publish(event, relays, options) {
      const isLost = event.kind >= 6000 && event.kind < 7000 && relays.includes(near);
      if (isLost) sent.push(event);
      const reached = isLost && isBroken ? relays.filter((relay) => relay !== near) : relays;
      return real.publish(event, reached, options);
    },
  };
  return { pool, sent, heal: () => (isBroken = false) };
}

/** A provider that delivers where its customer does not look. */
async function sell(
  priceSats: number,
  told: Partial<ProviderOptions> = {},
  isBroken = true,
): Promise<ReturnType<typeof brokenPool> & { readonly seller: Seller }> {
  const broken = brokenPool(isBroken);
  const handler = async ({ text }: { readonly text: string }) => `${text}!`;
  const seller = await openSeller(stage, [service({ kind, handler, priceSats })], {
    relays: broken.pool,
    relayUrls: [elsewhere.relay.url, stage.relayUrl],
    ...told,
  });
  sellers.push(seller);
  return { ...broken, seller };
}

async function buyUnheard(customer: Customer, seller: Seller, told = {}): Promise<string> {
  const target = seller.provider.pubkey;
  const { requestId } = await buy(customer, { kind, targets: [target], outputs: ['text/plain'], ...told });
  await seller.until((sale) => sale.requestId === requestId && sale.work === 'closed');
  return requestId;
}

describe('a result that did not arrive', () => {
  test.each([
    ['in clear', {}],
    ['in ciphertext', { encrypted: true }],
  ])('is published again for the customer that paid, %s', async (_, told) => {
    const { seller, heal, sent } = await sell(21);
    const customer = stage.openCustomer();
    const requestId = await buyUnheard(customer, seller, { exchanges: ['prepay'], ...told });
    await untilState(customer, requestId, 'paid');

    heal();
    expect(orThrow(await customer.resend(requestId))).toMatchObject({
      content: 'a red fox!',
      source: 'provider',
    });
    expect(sent.map(({ id }) => id)).toEqual([sent[0]?.id, sent[0]?.id]);
    await untilState(customer, requestId, 'received');
    expect(orThrow(await customer.resend(requestId))).toMatchObject({
      content: 'a red fox!',
      source: 'ledger',
    });
    expect(sent).toHaveLength(2);
  });

  test('is found where the customer looks by now, without asking anybody', async () => {
    const { seller, sent } = await sell(0);
    const own = { signer: secretKeySigner(generateSecretKey()), ledger: stage.openLedger() };
    const before = stage.openCustomer(own);
    const requestId = await buyUnheard(before, seller);
    await untilState(before, requestId, 'offered');
    await before.close();
    const now = stage.openCustomer({ ...own, relayUrls: [stage.relayUrl, elsewhere.relay.url] });
    expect(orThrow(await now.resend(requestId))).toMatchObject({ content: 'a red fox!', source: 'relays' });
    expect(sent).toHaveLength(1);
  });

  test('is asked of a provider that is away, and taken when it is back', async () => {
    const own = { signer: secretKeySigner(generateSecretKey()), ledger: stage.openLedger() };
    const { seller } = await sell(21, own);
    const customer = stage.openCustomer();
    const requestId = await buyUnheard(customer, seller, { exchanges: ['prepay'] });
    await untilState(customer, requestId, 'paid');
    await seller.close();
    expect(codeOf(await customer.resend(requestId, { timeoutMs: 50 }))).toBe('no-answer');
    await sell(21, own, false);
    await untilState(customer, requestId, 'received');
  });

  test('is refused with the reason, to its customer alone: asked for too often, or not delivered yet', async () => {
    const { seller, sent } = await sell(21);
    const customer = stage.openCustomer();
    const requestId = await buyUnheard(customer, seller, { exchanges: ['prepay'] });
    await untilState(customer, requestId, 'paid');
    expect(codeOf(await customer.resend(requestId, { timeoutMs: 50 }))).toBe('no-answer');
    await vi.waitFor(() => expect(sent).toHaveLength(2), { timeout: 20_000 });
    expect(await customer.resend(requestId)).toMatchObject({
      failure: { code: 'resend-refused', data: { reason: 'too-soon' } },
    });

    kind += 1;
    const finish = Promise.withResolvers<string>();
    const slow = await openSeller(stage, [
      service({ kind, handler: () => finish.promise, priceSats: 21, exchanges: ['prepay'] }),
    ]);
    sellers.push(slow);
    const under = await buy(customer, { kind, targets: [slow.provider.pubkey] });
    await untilState(customer, under.requestId, 'paid');
    expect(await customer.resend(under.requestId)).toMatchObject({
      failure: { code: 'resend-refused', data: { reason: 'not-delivered' } },
    });
    finish.resolve('done');
    await untilState(customer, under.requestId, 'received');
  });

  test('is not asked for where nobody owes one', async () => {
    const customer = stage.openCustomer();
    const { requestId } = await buy(customer, { kind });
    expect(codeOf(await customer.resend(requestId))).toBe('nothing-bought');
    expect(codeOf(await customer.resend('ab'.repeat(32)))).toBe('not-found');
    expect(codeOf(await stage.openCustomer().resend(requestId))).toBe('not-found');
  });
});

test('a complaint is shown once to whoever runs the provider, if it is by its customer', async () => {
  const { seller, heal } = await sell(21);
  heal();
  const customer = stage.openCustomer();
  const requestId = await buyUnheard(customer, seller, { exchanges: ['prepay'] });
  await untilState(customer, requestId, 'received');
  const stranger = secretKeySigner(generateSecretKey());
  const createdAt = Math.floor(Date.now() / 1000);
  const slander = { type: 'complaint', requestId, text: 'It is mine!', createdAt } as const;
  const wrap = orThrow(await wrapJobMessage(slander, wrapFor(seller.provider.pubkey, stranger, createdAt)));
  await stage.openPool().publish(wrap, [stage.relayUrl]);

  for (const reason of ['It is green.', 'Hello?']) orThrow(await customer.dispute(requestId, { reason }));
  const complaints = () => seller.troubles.filter(({ code }) => code === 'complaint');
  await vi.waitFor(() => expect(complaints()).not.toEqual([]), { timeout: 20_000 });
  await customer.close();
  expect(complaints()).toMatchObject([{ data: { work: 'closed', money: 'settled' } }]);
  expect(['It is green.', 'Hello?']).toContain(complaints()[0]?.data?.['words']);
  expect(codeOf(await customer.resend(requestId))).toBe('closed');
});

describe('a provider sends nothing again', () => {
  /** A request to resend, by anybody. */
  async function ask(seller: Seller, author: Signer, requestId: string): Promise<void> {
    const createdAt = Math.floor(Date.now() / 1000);
    const draft: JobMessageDraft = { type: 'resend', requestId, relays: [], text: '', createdAt };
    const wrap = orThrow(await wrapJobMessage(draft, wrapFor(seller.provider.pubkey, author, createdAt)));
    await stage.openPool().publish(wrap, [stage.relayUrl]);
  }

  test('for strangers, to the impatient, and what was not paid', async () => {
    const { seller, sent } = await sell(0);
    const [signer, stranger] = [generateSecretKey(), generateSecretKey()].map((key) => secretKeySigner(key));
    if (signer === undefined || stranger === undefined) throw new Error('There are two keys.');
    const customer = stage.openCustomer({ signer });
    const [first, second] = [await buyUnheard(customer, seller), await buyUnheard(customer, seller)];
    const sentFor = (requestId: string) =>
      sent.filter(({ tags }) => tags.some(([name, value]) => name === 'e' && value === requestId)).length;

    await ask(seller, stranger, first);
    for (let times = 0; times < 3; times += 1) await ask(seller, signer, second);
    await vi.waitFor(() => expect(sentFor(second)).toBe(2), { timeout: 20_000 });
    await ask(seller, signer, first); // was not served before, so it is now
    await vi.waitFor(() => expect(sentFor(first)).toBe(2), { timeout: 20_000 });
    expect(sentFor(second)).toBe(2);
  });

  test('before it was delivered', async () => {
    const { seller, sent } = await sell(21);
    const signer = secretKeySigner(generateSecretKey());
    const customer = stage.openCustomer({ signer, wallet: null });
    const { requestId } = await buy(customer, { kind, targets: [seller.provider.pubkey] });
    await ask(seller, signer, requestId);
    const other = stage.openCustomer();
    await buyUnheard(other, seller, { exchanges: ['prepay'] }); // came later, and was served meanwhile
    expect(sent.filter(({ tags }) => tags.some(([, value]) => value === requestId))).toEqual([]);
  });
});
