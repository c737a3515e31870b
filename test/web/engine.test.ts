import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { generateSecretKey, pubkeyOf, secretKeySigner } from '../../src/keys/index.ts';
import { openNwcWallet } from '../../src/money/index.ts';
import { msat, satsToMsat } from '../../src/protocol/index.ts';
import { createInlineVerifier, createRelayPool } from '../../src/relays/index.ts';
import { NodeWebSocket } from '../../src/relays/node.ts';
import type { JobWish } from '../../web/engine/index.ts';
import { openEngineStage, type EngineStage, type EngineTab, type Visitor } from './engine-stage.ts';

let stage: EngineStage;
let visitor: Visitor;

beforeAll(async () => {
  stage = await openEngineStage();
}, 180_000);
afterAll(() => stage.close(), 60_000);
beforeEach(async () => {
  visitor = await stage.visitor();
}, 60_000);
afterEach(() => visitor.close(), 60_000);

let wishes = 0;
function summary(fields: Partial<JobWish> = {}): JobWish {
  return {
    kind: 5001,
    inputs: [
      { type: 'text', data: 'Money in, data out. A vending machine takes coins and gives what was chosen.' },
    ],
    files: [],
    params: {},
    outputs: [],
    maxAmountMsat: satsToMsat(1_000),
    deadlineSeconds: 120,
    targets: [],
    encrypted: false,
    exchanges: [],
    choice: 'ask',
    idempotencyKey: `wish-${++wishes}`,
    ...fields,
  };
}

async function signIn(tab: EngineTab): Promise<void> {
  await tab.done('session.sign-in', { by: 'new-key', secretKey: generateSecretKey() });
}

/** Signs in with a play-money wallet that may pay by itself; what is in the wallet. */
async function openPurse(tab: EngineTab): Promise<bigint> {
  await signIn(tab);
  await tab.done('wallet.connect', { by: 'play-money' });
  const { balanceMsat } = await tab.done('wallet.set-budget', { budgetMsat: satsToMsat(10_000) });
  if (balanceMsat === null) throw new Error('the wallet does not tell its balance');
  return balanceMsat;
}

/** Approves the first offer. */
async function takeOffer(tab: EngineTab, requestId: string): Promise<bigint> {
  const offered = await tab.until('run', { requestId }, (run) => (run?.comparison?.offers.length ?? 0) > 0);
  const [offer] = offered?.comparison?.offers ?? [];
  if (offer === undefined) throw new Error('there is no offer');
  const maxAmountMsat = offer.amountMsat;
  const approval = { requestId, offerId: offer.id, maxAmountMsat, idempotencyKey: `approve-${requestId}` };
  await tab.done('market.approve', approval);
  return offer.amountMsat;
}

/** Stops page and worker of a tab, as a browser does with tabs that nobody looks at; the worker wakes after the time. */
async function freeze({ page }: EngineTab, milliseconds: number): Promise<() => Promise<void>> {
  const [worker] = page.workers();
  if (worker === undefined) throw new Error('this tab does not lead');
  const awake = worker
    .evaluate((forMs) => {
      const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
      Atomics.wait(new Int32Array(memory.buffer), 0, 0, forMs);
    }, milliseconds)
    .catch(() => undefined); // it ends as soon as it learns that another one leads
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Page.setWebLifecycleState', { state: 'frozen' });
  return async () => {
    await awake;
    await devtools.send('Page.setWebLifecycleState', { state: 'active' });
  };
}

const delivered = (tab: EngineTab, requestId: string) =>
  tab.until('run', { requestId }, (run) => run?.result != null && run.purchase.preimage !== null);

describe('the engine in a browser', () => {
  it('posts, shows offers, takes the one that is approved, pays, brings the result and is reviewed', async () => {
    const tab = await visitor.tab();
    const loaded: string[] = [];
    tab.page.context().on('request', (request) => loaded.push(request.url()));
    await tab.until('services', { kinds: [5001] }, ({ listing }) => listing?.services.length === 1);
    expect(loaded.filter((url) => /sqlite|shop/.test(url))).toEqual([]); // to look around takes no books
    await signIn(tab);
    const wallet = await tab.done('wallet.connect', { by: 'play-money' });
    expect(loaded.filter((url) => url.endsWith('.wasm'))).toHaveLength(1);
    expect(wallet).toMatchObject({
      by: 'play-money',
      network: 'regtest',
      isPlayMoney: true,
      budgetMsat: null,
    });
    const { requestId } = await tab.done('market.post', summary({ choice: 'pick' })); // no budget: it asks
    const amountMsat = await takeOffer(tab, requestId);
    const run = await delivered(tab, requestId);
    expect(run?.result).toMatchObject({ mediaType: 'text/plain', file: null, reviewed: false });
    expect(run?.result?.content.length).toBeGreaterThan(10);
    expect(run?.purchase).toMatchObject({ state: 'received', offer: { amountMsat } });
    const [listed] = await tab.until('runs', { limit: 10 }, (runs) => runs[0]?.state === 'received');
    expect(listed).toMatchObject({ requestId, about: summary().inputs[0]?.data, encrypted: false });
    const { spentMsat } = await tab.until('wallet', null, (state) => state.spentMsat > 0n);
    expect(spentMsat).toBeGreaterThanOrEqual(amountMsat);
    await tab.done('market.review', { requestId, rating: 1, content: 'Good.', publicly: false });
    await tab.until('run', { requestId }, (state) => state?.result?.reviewed === true);
  }, 120_000);

  it('goes on with a payment after its tab was closed and after its browser was killed, and pays once', async () => {
    const browser = await stage.browser();
    const tab = await browser.tab();
    const fullMsat = await openPurse(tab);
    const { requestId } = await tab.done('market.post', summary());
    const amountMsat = await takeOffer(tab, requestId);
    await tab.page.close();
    const again = await browser.tab();
    await again.until('run', { requestId }, (run) => run !== null && run.purchase.state !== 'requested');
    browser.kill();
    await browser.restart();
    const last = await browser.tab();
    const run = await delivered(last, requestId);
    expect(run?.purchase.state).toBe('received');
    const paid = await last.until('wallet', null, (state) => (state.balanceMsat ?? fullMsat) < fullMsat);
    expect(paid.balanceMsat).toBe(fullMsat - amountMsat - (run?.purchase.feePaidMsat ?? 0n));
    await browser.close();
  }, 120_000);

  it('picks an offer by itself, in secret, up to the budget and not beyond', async () => {
    const tab = await visitor.tab();
    await openPurse(tab);
    const { providerPubkey } = stage.market;
    const found = await tab.until(
      'services',
      { kinds: [5001] },
      ({ listing }) => listing?.services.length === 1,
    );
    expect(found.listing?.services.map(({ announcement }) => announcement.pubkey)).toEqual([providerPubkey]);
    const secret = { encrypted: true, targets: [providerPubkey], choice: 'pick' } as const;
    const { requestId } = await tab.done('market.post', summary(secret));
    const run = await delivered(tab, requestId);
    expect(run?.purchase.request.content).not.toContain('Money');
    expect(run?.result?.content.length).toBeGreaterThan(10);

    await tab.done('wallet.set-budget', { budgetMsat: satsToMsat(1) });
    const { requestId: second } = await tab.done('market.post', summary({ choice: 'pick' }));
    const refused = await tab.until(
      'run',
      { requestId: second },
      (state) => state?.purchase.state === 'over-budget',
    );
    expect(refused?.purchase.failure?.code).toBe('over-budget');
  }, 120_000);

  it('is led by one tab, which the others follow and succeed', async () => {
    const first = await visitor.tab();
    await openPurse(first);
    const second = await visitor.tab();
    const { requestId } = await first.done('market.post', summary());
    await second.until('run', { requestId }, (run) => (run?.comparison?.offers.length ?? 0) > 0);
    await first.page.close();
    await takeOffer(second, requestId);
    const run = await delivered(second, requestId);
    expect(run?.purchase.state).toBe('received');
  }, 120_000);

  it('is taken from a tab that was frozen, which follows when it wakes', async () => {
    const first = await visitor.tab();
    await openPurse(first);
    const second = await visitor.tab();
    const thaw = await freeze(first, 16_000);
    const { requestId } = await second.done('market.post', summary()); // asked of whoever leads next
    await thaw();
    const seen = await first.until('run', { requestId }, (run) => run !== null);
    expect(seen?.purchase.requestId).toBe(requestId);
    await first.done('market.cancel', { requestId, reason: 'enough' });
    await second.until('run', { requestId }, (run) => run?.purchase.state === 'cancelled');
  }, 120_000);

  it('shows an invoice to a phone, and believes it paid when the provider works for it', async () => {
    const tab = await visitor.tab();
    await signIn(tab);
    await tab.done('wallet.connect', { by: 'qr' });
    const { requestId } = await tab.done('market.post', summary());
    await takeOffer(tab, requestId);
    await tab.until('run', { requestId }, (run) => run?.invoiceToPay != null);
    await tab.done('market.not-paying', { requestId });
    const refused = await tab.until('run', { requestId }, (run) => run?.purchase.failure != null);
    expect(refused).toMatchObject({
      invoiceToPay: null,
      purchase: { failure: { code: 'wallet-refused', data: { by: 'wallet', reason: 'declined' } } },
    });
    await takeOffer(tab, requestId);
    const shown = await tab.until('run', { requestId }, (run) => run?.invoiceToPay != null);
    const relays = createRelayPool({ verifier: createInlineVerifier(), WebSocket: NodeWebSocket });
    const phone = openNwcWallet({
      uri: stage.market.customerWalletUri,
      relays,
      now: () => Math.floor(Date.now() / 1000),
    });
    if (!phone.ok) throw new Error('the phone has no wallet');
    void phone.value.pay({ bolt11: shown?.invoiceToPay?.bolt11 ?? '', feeLimitMsat: satsToMsat(10) });
    const run = await tab.until('run', { requestId }, (state) => state?.result != null);
    expect(run).toMatchObject({ invoiceToPay: null, purchase: { state: 'received', preimage: null } });
    await phone.value.close();
    await relays.close();
  }, 120_000);

  it('changes one entry of an own list, and none when a relay is silent', async () => {
    const secretKey = generateSecretKey();
    const relays = createRelayPool({ verifier: createInlineVerifier(), WebSocket: NodeWebSocket });
    const signer = secretKeySigner(secretKey);
    const [friend, other] = [pubkeyOf(generateSecretKey()), pubkeyOf(generateSecretKey())];
    const tags = [['p', friend, 'wss://friend.example', 'pal']];
    const list = { kind: 3, created_at: 1_700_000_000, tags, content: 'kept' };
    const { relayUrl } = stage.market;
    await relays.publish(await signer.sign(list), [relayUrl]);
    const newest = async () => {
      const [found] = await relays.query([relayUrl], [{ kinds: [3], authors: [signer.pubkey] }]);
      return { tags: found?.tags, content: found?.content };
    };

    const tab = await visitor.tab();
    await tab.done('session.sign-in', { by: 'new-key', secretKey });
    await tab.done('market.apply-action', { action: 'follow', pubkeys: [other, friend] });
    expect(await newest()).toEqual({ tags: [...tags, ['p', other]], content: 'kept' });
    await tab.done('market.apply-action', { action: 'unfollow', pubkeys: [other] });
    expect(await newest()).toEqual({ tags, content: 'kept' });
    await tab.done('session.set-relays', { urls: [relayUrl, 'ws://127.0.0.1:1'] });
    const refused = await tab.call('market.apply-action', { action: 'follow', pubkeys: [other] });
    expect(refused).toMatchObject({ ok: false, failure: { code: 'list-unread' } });
    expect(await newest()).toEqual({ tags, content: 'kept' });
    await relays.close();
  }, 120_000);

  it('keeps who is signed in, gives the own key back under a password, and carries the books elsewhere', async () => {
    const secretKey = generateSecretKey();
    const tab = await visitor.tab();
    await tab.done('session.sign-in', { by: 'new-key', secretKey });
    const { requestId } = await tab.done('market.post', summary({ exchanges: ['free'] }));
    await tab.done('market.cancel', { requestId, reason: 'moving' });
    const ncryptsec = await tab.done('session.export-key', { password: 'correct horse' });
    const json = await tab.done('books.export', { password: null });
    expect(JSON.parse(json)).toMatchObject({
      books: { tables: { purchases: { rows: [expect.anything()] } } },
    });
    expect(await tab.call('books.import', { json, password: null })).toMatchObject({
      failure: { code: 'books-in-use' },
    });
    await tab.page.reload();
    await tab.until('session', null, (state) => state.step === 'signed-in');

    const elsewhere = await stage.visitor();
    const there = await elsewhere.tab();
    await there.done('session.sign-in', { by: 'ncryptsec', ncryptsec, password: 'correct horse' });
    const damaged = json.replace('"state"', '"stage"');
    expect(await there.call('books.import', { json: damaged, password: null })).toMatchObject({
      failure: { code: 'unreadable-books' },
    });
    await there.done('books.import', { json, password: null });
    const [run] = await there.until('runs', { limit: 5 }, (runs) => runs.length > 0);
    expect(run).toMatchObject({ requestId, state: 'cancelled' });
    await elsewhere.close();
  }, 120_000);

  it('signs by an extension of the page, and connects its WebLN wallet', async () => {
    const secretKey = generateSecretKey();
    const signer = secretKeySigner(secretKey);
    const tab = await visitor.tab();
    await tab.page.exposeFunction('signForReal', (template: Parameters<typeof signer.sign>[0]) =>
      signer.sign(template),
    );
    await tab.page.evaluate((pubkey) => {
      const page = globalThis as unknown as { signForReal: (template: unknown) => Promise<unknown> };
      Object.assign(globalThis, {
        nostr: {
          getPublicKey: () => Promise.resolve(pubkey),
          signEvent: (template: unknown) => page.signForReal(template),
        },
        webln: {
          enable: () => Promise.resolve(),
          sendPayment: () => Promise.reject(new Error('user said no')),
        },
      });
    }, signer.pubkey);
    const session = await tab.done('session.sign-in', { by: 'extension' });
    expect(session).toMatchObject({ pubkey: signer.pubkey, by: 'extension', canSign: true });
    const wallet = await tab.done('wallet.connect', { by: 'webln' });
    expect(wallet).toMatchObject({ by: 'webln', network: 'regtest', balanceMsat: null });
    const { requestId } = await tab.done('market.post', summary({ deadlineSeconds: 60 }));
    const posted = await tab.until('run', { requestId }, (run) => run !== null);
    expect(posted?.purchase.customerPubkey).toBe(signer.pubkey);

    // What was paid into it could not be told once the page is gone, so its owner sells for nothing.
    const skill = { id: 'reading', kind: 5001, name: 'Reading', about: '', fromMsat: msat(5_000n) };
    await tab.done('work.set-skills', { name: 'Ada', skills: [skill], linked: false });
    const bench = await tab.until('workbench', null, ({ workerPubkey }) => workerPubkey !== null);
    const { services } = await tab.done('directory.provider', { pubkey: bench.workerPubkey ?? '' });
    expect(services.map(({ priceMsat }) => priceMsat)).toEqual([null]); // it names no least price
  }, 120_000);
});
