import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { buyChain, type PurchaseUpdate } from '../../src/customer/index.ts';
import { checkedSigner, generateSecretKey, secretKeySigner, type Signer } from '../../src/keys/index.ts';
import {
  buildJobRequest,
  decryptContent,
  encryptionScheme,
  orThrow,
  parseJobFeedback,
  parseJobRequest,
  parseJobResult,
  satsToMsat,
  sealRequest,
  type EventTemplate,
  type JobFeedback,
  type NostrEvent,
} from '../../src/protocol/index.ts';
import { JobFailure, service, type JobHandler, type ProviderOptions } from '../../src/provider/index.ts';
import { buy, openBuyingStage, WISH, type BuyingStage } from '../customer/stage.ts';
import { openSeller, type Seller } from '../provider/stage.ts';

const SECRET = 'the diary of a red fox';
const ANSWER = SECRET.toUpperCase();

let stage: BuyingStage;
const sellers: Seller[] = [];

beforeAll(async () => {
  stage = await openBuyingStage();
}, 60_000);
afterEach(async () => {
  for (const seller of sellers.splice(0)) await seller.close();
  await stage.sweep();
});
afterAll(() => stage.close());

/** A key that can be used and not seen, as in a browser extension or a bunker. */
function keylessSigner(): Signer {
  return checkedSigner(secretKeySigner(generateSecretKey()));
}

async function sell(
  handler: JobHandler,
  told: { readonly priceSats?: number } & Partial<ProviderOptions> = {},
): Promise<Seller> {
  const { priceSats = 10, ...options } = told;
  const seller = await openSeller(stage, [service({ kind: 5050, priceSats, handler })], {
    signer: keylessSigner(),
    ...options,
  });
  sellers.push(seller);
  return seller;
}

const shout: JobHandler = async function* ({ text }) {
  yield { type: 'partial', content: text.slice(0, 5).toUpperCase() };
  return text.toUpperCase();
};

async function publish(template: EventTemplate, signer: Signer): Promise<NostrEvent> {
  const event = await signer.sign(template);
  const receipts = await stage.openPool().publish(event, [stage.relayUrl]);
  expect(receipts).toMatchObject([{ outcome: 'accepted' }]);
  return event;
}

/** Everything that anybody can see of a job. */
function seenByAll(requestId: string): Promise<NostrEvent[]> {
  return stage.openPool().query([stage.relayUrl], [{ ids: [requestId] }, { '#e': [requestId] }]);
}

/** Waits for an answer of this kind on the relay. */
function answerOf(requestId: string, fits: (event: NostrEvent) => boolean): Promise<NostrEvent> {
  return vi.waitFor(
    async () => {
      const found = (await seenByAll(requestId)).find((event) => event.id !== requestId && fits(event));
      if (!found) throw new Error('No such answer has arrived.');
      return found;
    },
    { timeout: 20_000 },
  );
}

function statusOf(event: NostrEvent): string | null {
  const read = parseJobFeedback(event);
  return read.ok ? read.value.rawStatus : null;
}

const clearRequest = (seller: Seller) =>
  buildJobRequest({
    kind: 5050,
    inputs: [{ data: SECRET, type: 'text', relay: null, marker: null }],
    params: new Map([['style', ['loud']]]),
    outputs: [],
    relays: [stage.relayUrl],
    targets: [seller.provider.pubkey],
    createdAt: Math.floor(Date.now() / 1000),
  });

describe('a paid job', () => {
  test.each(['in clear', 'encrypted'])('%s is bought and sold', async (how) => {
    const encrypted = how === 'encrypted';
    const seller = await sell(shout);
    const purchase = await buy(stage.openCustomer({ signer: keylessSigner() }), {
      inputs: [SECRET],
      targets: [seller.provider.pubkey],
      ...(encrypted ? { encrypted: true } : {}),
    });
    const receipt = orThrow(await purchase.result());
    expect(receipt).toMatchObject({ content: ANSWER, amountMsat: 10_000n, settlement: 'settled' });
    await seller.until(({ work, money }) => work === 'closed' && money === 'settled');

    const events = await seenByAll(purchase.requestId);
    const [answers, visible] = [events.slice(1), JSON.stringify(events)];
    for (const secret of [SECRET, ANSWER, 'THE D', 'lnbcrt'])
      expect(visible.includes(secret)).toBe(!encrypted);
    expect(answers.length).toBeGreaterThanOrEqual(3);
    for (const { tags } of answers) expect(tags.some(([name]) => name === 'encrypted')).toBe(encrypted);
  });

  test('encrypted by an older client with NIP-04 is answered in NIP-04', async () => {
    const seller = await sell(shout);
    const customer = keylessSigner();
    const sealing = { peerPubkey: seller.provider.pubkey, scheme: 'nip04' as const, ciphers: customer };
    const request = await publish(orThrow(await sealRequest(clearRequest(seller), sealing)), customer);
    expect(encryptionScheme(request.content)).toBe('nip04');

    const quoted = await answerOf(request.id, (event) => statusOf(event) === 'payment-required');
    expect(encryptionScheme(quoted.content)).toBe('nip04');
    const quote = orThrow(parseJobFeedback(quoted, await opened(quoted, customer)));
    expect(quote).toMatchObject({ exchange: 'hold', amount: { msat: 10_000n } });
    const paid = stage.wallet().pay({ bolt11: quote.bolt11 ?? '', feeLimitMsat: satsToMsat(5) });
    const delivered = await answerOf(request.id, ({ kind }) => kind === 6050);
    expect(encryptionScheme(delivered.content)).toBe('nip04');
    const result = orThrow(parseJobResult(delivered, await opened(delivered, customer)));
    expect(result.content).toBe(ANSWER);
    expect(await paid).toMatchObject({ ok: true });
  });

  test('goes on after the provider and the customer were started anew', async () => {
    const [signer, ledger] = [keylessSigner(), stage.openLedger()];
    const gate = Promise.withResolvers<void>();
    const first = await sell(() => gate.promise.then(() => ''), { signer, ledger });
    const [buyer, books] = [keylessSigner(), stage.openLedger()];
    const customer = stage.openCustomer({ signer: buyer, ledger: books });
    await buy(customer, { inputs: [SECRET], targets: [signer.pubkey], encrypted: true });
    await first.until(({ work, money }) => work === 'working' && money === 'locked');
    await customer.close();
    await first.close();

    const second = await sell(shout, { signer, ledger });
    const [resumed] = await stage.openCustomer({ signer: buyer, ledger: books }).resume();
    expect(await resumed?.result()).toMatchObject({ ok: true, value: { content: ANSWER } });
    const sale = await second.until(({ money }) => money === 'settled');
    expect(JSON.stringify(sale.request)).not.toContain(SECRET);
  });
});

describe('what goes wrong is told in ciphertext', () => {
  test('the failure of the work', async () => {
    const seller = await sell(() => Promise.reject(new JobFailure('fox-too-red', 'This fox is too red.')));
    const purchase = await buy(stage.openCustomer(), {
      targets: [seller.provider.pubkey],
      encrypted: true,
    });
    // The money may be back before the customer has seen that it was held.
    const code = expect.stringMatching(/^(provider|offers)-failed$/);
    expect(await purchase.result()).toMatchObject({ failure: { code } });
    const errors: PurchaseUpdate[] = [];
    for await (const update of purchase.events()) if (update.type === 'provider-error') errors.push(update);
    expect(errors).toMatchObject([{ error: { code: 'fox-too-red', detail: 'This fox is too red.' } }]);
    expect(JSON.stringify(await seenByAll(purchase.requestId))).not.toMatch(/fox-too-red|too red/);
  });

  test('a refusal, by which the customer learns why', async () => {
    const seller = await sell(shout, { priceSats: 10 });
    const customer = keylessSigner();
    const template = clearRequest(seller);
    const cheap = { ...template, tags: [...template.tags, ['bid', '1']] };
    const sealing = { peerPubkey: seller.provider.pubkey, scheme: 'nip44' as const, ciphers: customer };
    const request = await publish(orThrow(await sealRequest(cheap, sealing)), customer);
    const refusal = await answerOf(request.id, (event) => statusOf(event) === 'error');
    expect(parseJobFeedback(refusal)).toMatchObject({ value: { error: null, info: null } });
    const read: JobFeedback = orThrow(parseJobFeedback(refusal, await opened(refusal, customer)));
    expect(read.error?.code).toBe('bid-too-low');
  });

  test('a request that cannot be decrypted is refused in clear if it names us, and ignored otherwise', async () => {
    const seller = await sell(shout);
    const [customer, somebody] = [keylessSigner(), keylessSigner()];
    const sealing = { peerPubkey: somebody.pubkey, scheme: 'nip44' as const, ciphers: customer };
    const { content } = orThrow(await sealRequest(clearRequest(seller), sealing));
    const at = { kind: 5050, created_at: Math.floor(Date.now() / 1000), content };
    const open = await publish({ ...at, tags: [['encrypted']] }, customer);
    const named = await publish({ ...at, tags: [['encrypted'], ['p', seller.provider.pubkey]] }, customer);
    const refusal = await answerOf(named.id, () => true);
    expect(parseJobFeedback(refusal)).toMatchObject({
      value: { status: 'error', error: { code: 'undecryptable' }, encrypted: false },
    });
    expect(await seenByAll(open.id)).toHaveLength(1);
    expect(seller.moves).toEqual([]);
  });
});

describe('customers of other makes are served', () => {
  async function served(
    tags: (provider: string) => string[][],
    plaintext: string,
    scheme: 'nip04' | 'nip44',
  ) {
    const seller = await sell(shout, { priceSats: 0 });
    const customer = keylessSigner();
    const content = await customer[scheme].encrypt(seller.provider.pubkey, plaintext);
    const created_at = Math.floor(Date.now() / 1000);
    const request = await publish(
      { kind: 5050, created_at, tags: tags(seller.provider.pubkey), content },
      customer,
    );
    const delivered = await answerOf(request.id, ({ kind }) => kind === 6050);
    expect(encryptionScheme(delivered.content)).toBe(scheme);
    return opened(delivered, customer);
  }

  test('elisym encrypts the bare input and leaves a placeholder outside', async () => {
    const tags = (provider: string) => [
      ['i', 'encrypted', 'text'],
      ['encrypted', 'nip44'],
      ['t', 'elisym'],
      ['p', provider],
    ];
    expect(await served(tags, SECRET, 'nip44')).toBe(ANSWER);
  });

  test('NDK leaves some tags outside', async () => {
    const inner = JSON.stringify([
      ['i', SECRET, 'text'],
      ['relays', stage.relayUrl],
    ]);
    const tags = (provider: string) => [['t', 'fox'], ['p', provider], ['encrypted']];
    expect(await served(tags, inner, 'nip04')).toBe(ANSWER);
  });
});

describe('a customer that encrypts', () => {
  test('names exactly one provider', async () => {
    const customer = stage.openCustomer();
    for (const targets of [[], [keylessSigner().pubkey, keylessSigner().pubkey]])
      expect(await customer.buy({ ...WISH, targets, encrypted: true })).toMatchObject({
        failure: { code: 'encryption-needs-one-target', data: { targets: targets.length } },
      });
  });

  test('hears the provider that answers as nostrdvm does, and nobody who copies it', async () => {
    const [provider, stranger] = [keylessSigner(), keylessSigner()];
    const buyer = keylessSigner();
    const troubles: string[] = [];
    const customer = stage.openCustomer({ signer: buyer, onTrouble: ({ code }) => troubles.push(code) });
    const purchase = await buy(customer, { targets: [provider.pubkey], encrypted: true });
    const outside = [['encrypted'], ['p', buyer.pubkey], ['e', purchase.requestId]];
    const created_at = Math.floor(Date.now() / 1000);
    const say = async (signer: Signer, kind: number, text: string) =>
      publish(
        { kind, created_at, tags: outside, content: await signer.nip44.encrypt(buyer.pubkey, text) },
        signer,
      );
    const begun = JSON.stringify([
      ['status', 'processing', 'at work'],
      ['content', 'soon'],
    ]);
    await say(stranger, 6050, 'a forged fox');
    await publish({ kind: 6050, created_at, tags: outside, content: 'no ciphertext' }, provider);
    await say(provider, 7000, begun);
    await say(provider, 6050, 'a fox');
    expect(await purchase.result()).toMatchObject({ ok: true, value: { content: 'a fox' } });
    expect(troubles).toEqual(['undecryptable']);

    const trace = await customer.trace(purchase.requestId);
    expect(trace).toMatchObject({ state: 'delivered', request: { inputs: [{ data: 'a red fox' }] } });
    expect(trace.timeline.map(({ what }) => what)).toContain('processing');
  });

  test('builds on an encrypted result of the same provider', async () => {
    const seller = await sell(async ({ text }) => `${text}!`, { priceSats: 0 });
    const wish = { ...WISH, targets: [seller.provider.pubkey], encrypted: true as const };
    const bought = await buyChain(stage.openCustomer(), [
      { ...wish, inputs: [SECRET] },
      { ...wish, inputs: [] },
    ]);
    expect(orThrow(bought).map(({ content }) => content)).toEqual([`${SECRET}!`, `${SECRET}!!`]);
  });
});

test('a provider says that it can read encrypted requests', async () => {
  const seller = await sell(shout);
  const filter = { kinds: [31990], authors: [seller.provider.pubkey] };
  const [announcement] = await stage.openPool().query([stage.relayUrl], [filter]);
  expect(announcement?.content).toContain('"supportsEncryption":true');
});

async function opened(answer: NostrEvent, customer: Signer): Promise<string> {
  return orThrow(await decryptContent(answer, answer.pubkey, customer));
}

test('a request in the shape of the NIP reads as its customer wrote it', async () => {
  const [customer, provider] = [keylessSigner(), keylessSigner()];
  const content = await customer.nip04.encrypt(
    provider.pubkey,
    JSON.stringify([
      ['i', 'what is the capital of France? ', 'text'],
      ['param', 'model', 'LLaMA-2'],
    ]),
  );
  const tags = [['p', provider.pubkey], ['encrypted']];
  const event = await customer.sign({ kind: 5050, created_at: 1, tags, content });
  const plaintext = orThrow(await decryptContent(event, customer.pubkey, provider));
  expect(parseJobRequest(event, plaintext)).toMatchObject({
    value: {
      scheme: 'nip04',
      inputs: [{ data: 'what is the capital of France? ', type: 'text' }],
      params: new Map([['model', ['LLaMA-2']]]),
    },
  });
});
