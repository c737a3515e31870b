/** What pages are told of runs: while signers are slow, and of money that a phone pays. */
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import { buildResult, orThrow, satsToMsat, sealAnswer } from '../../src/protocol/index.ts';
import type { RunState } from '../../web/engine/contract.ts';
import { openDesk } from '../../web/engine/worker/desk.ts';
import { keepAskedWords } from '../../web/engine/worker/shopping/asked-words.ts';
import { openQrWallet } from '../../web/engine/worker/shopping/qr-wallet.ts';
import { createRuns } from '../../web/engine/worker/shopping/runs.ts';
import { keepTogether } from '../../web/engine/worker/shopping/together.ts';
import type { Customer } from '../../src/customer/index.ts';
import { buy, openBuyingStage, untilState, type BuyingStage } from '../customer/stage.ts';
import { memoryVault } from './memory-vault.ts';

let stage: BuyingStage;
beforeAll(async () => {
  stage = await openBuyingStage();
}, 60_000);
afterEach(() => stage.sweep());
afterAll(() => stage.close());

const WAIT = { timeout: 20_000 };

function openPhone() {
  const now = () => Math.floor(Date.now() / 1000);
  const qr = openQrWallet({ network: 'regtest', now, onShow: () => undefined });
  const scan = async (paymentHash: string) => {
    const { bolt11 } = await vi.waitFor(() => {
      const invoice = qr.shown(paymentHash);
      if (invoice === null) throw new Error('Nothing is shown.');
      return invoice;
    }, WAIT);
    void stage.wallet().pay({ bolt11, feeLimitMsat: satsToMsat(10) });
  };
  return { qr, scan };
}

test('what was prepaid by a phone is spent, and undelivered when nothing comes', async () => {
  const seller = await stage.openProvider('alice');
  const { qr, scan } = openPhone();
  const own = { ledger: stage.openLedger(), signer: secretKeySigner(generateSecretKey()) };
  const customer = stage.openCustomer({ wallet: qr, ...own });
  await buy(customer, { exchanges: ['prepay'] });
  const request = await seller.nextRequest();
  const ask = await seller.ask(request, 21);
  await scan(ask.paymentHash);
  await seller.untilPaid(ask);
  qr.payeeActs(ask.paymentHash, 'spent');
  expect(qr.shown(ask.paymentHash)).toBeNull();
  const paid = await untilState(customer, request.id, 'paid');
  expect(paid).toMatchObject({ preimage: null, feePaidMsat: 0n });
  expect(await own.ledger.purchases.payment(ask.paymentHash)).toMatchObject({
    state: 'settled',
    preimage: null,
  });
  stage.clock.aheadSeconds = 120;
  await customer.close();

  const later = stage.openCustomer({ wallet: openPhone().qr, ...own });
  await later.resume();
  await untilState(later, request.id, 'undelivered');
  const { possible } = orThrow(await later.dispute(request.id, { reason: 'Where is it?' }));
  expect(possible).not.toContain('lock-ends');
  await seller.deliver(request, 'late');
  expect(await untilState(later, request.id, 'received')).toMatchObject({ preimage: null });
});

test('what a phone has locked is held until its provider delivers', async () => {
  const seller = await stage.openProvider('alice');
  const { qr, scan } = openPhone();
  const customer = stage.openCustomer({ wallet: qr });
  await buy(customer);
  const request = await seller.nextRequest();
  const quote = await seller.quote(request, 21);
  await scan(quote.paymentHash);
  await seller.untilHeld(quote);
  qr.payeeActs(quote.paymentHash, 'held');
  await untilState(customer, request.id, 'locked');
  await seller.deliver(request, 'done');
  await seller.settle(quote);
  expect(await untilState(customer, request.id, 'received')).toMatchObject({ preimage: null });
});

test('an invoice that its owner will not pay is shown no more, and its offer may be taken again', async () => {
  const seller = await stage.openProvider('alice');
  const { qr } = openPhone();
  const customer = stage.openCustomer({ wallet: qr });
  await buy(customer, { approval: 'ask' });
  const request = await seller.nextRequest();
  const quote = await seller.quote(request, 21);
  const approval = { offerId: quote.event.id, maxAmountMsat: satsToMsat(21) };
  const approve = () => vi.waitFor(async () => orThrow(await customer.approve(request.id, approval)), WAIT);
  await approve();
  await vi.waitFor(() => expect(qr.shown(quote.paymentHash)).not.toBeNull(), WAIT);
  expect(qr.refuse(quote.paymentHash)).toBe(true);
  expect(qr.refuse(quote.paymentHash)).toBe(false);
  const open = await untilState(customer, request.id, 'requested');
  expect(open.failure).toMatchObject({ code: 'wallet-refused', data: { reason: 'declined' } });
  await approve();
  await vi.waitFor(() => expect(qr.shown(quote.paymentHash)).not.toBeNull(), WAIT);
});

/** A signer of which somebody is asked before it decrypts anything, as a bunker may do. */
function askedSigner() {
  const own = secretKeySigner(generateSecretKey());
  let answer = Promise.resolve();
  const decrypt: typeof own.nip44.decrypt = async (peerPubkey, ciphertext) => {
    await answer;
    return own.nip44.decrypt(peerPubkey, ciphertext);
  };
  return {
    signer: { ...own, nip44: { ...own.nip44, decrypt } },
    /** From now on its owner answers only when told to. */
    ask: () => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      promise.catch(() => undefined);
      answer = promise;
      return { agree: () => resolve(), refuse: () => reject(new Error('The owner said no.')) };
    },
  };
}

/** What pages are told of one run, by an engine that has just begun. */
function watchRun(customer: Customer, signer: ReturnType<typeof askedSigner>['signer'], requestId: string) {
  const found = { ownHistory: () => Promise.resolve([]), onName: () => undefined };
  const { pubkey } = signer;
  const desk = { ...openDesk({ signer, pubkey, relayUrls: [], ...found }), signer, pubkey };
  const runs = createRuns({
    desk,
    customer: () => customer,
    qr: () => null,
    together: keepTogether(() => customer),
    asked: keepAskedWords({ signer, vault: memoryVault() }),
    heard: () => undefined,
  });
  let last: RunState | null = null;
  const watching = new AbortController();
  runs.watchRun(requestId, (run) => (last = run), watching.signal);
  return {
    runs,
    until: (is: (run: RunState) => boolean) =>
      vi.waitFor(() => {
        if (last === null || !is(last)) throw new Error(`The run is ${last?.purchase.state}.`);
        return last;
      }, WAIT),
    async close() {
      watching.abort();
      await desk.close();
    },
  };
}

test('a signer that is slow to open a request keeps no page from what happens', async () => {
  const seller = await stage.openProvider('alice');
  const { signer, ask } = askedSigner();
  const customer = stage.openCustomer({ signer });
  await buy(customer, { encrypted: true, targets: [seller.pubkey] });
  const request = await seller.nextRequest();
  const owner = ask();
  const page = watchRun(customer, signer, request.id);
  await page.until(({ purchase }) => purchase.state === 'requested');
  orThrow(await customer.cancel(request.id));
  page.runs.changed();
  expect(await page.until(({ purchase }) => purchase.state === 'cancelled')).toMatchObject({ about: '' });
  owner.agree();
  await page.until(({ about }) => about === 'a red fox');
  await page.close();
});

test('a result is told as being opened, as one that does not open, and as found again', async () => {
  const seller = await stage.openProvider('alice');
  const { signer, ask } = askedSigner();
  const customer = stage.openCustomer({ signer });
  await buy(customer, { encrypted: true, targets: [seller.pubkey] });
  const request = await seller.nextRequest();
  const draft = buildResult({ request, content: 'for you alone', createdAt: request.created_at });
  const sealed = orThrow(
    await sealAnswer(draft, { peerPubkey: request.pubkey, scheme: 'nip44', ciphers: seller.signer }),
  );
  await stage.openPool().publish(await seller.signer.sign(sealed), [stage.relayUrl]);
  await untilState(customer, request.id, 'received');

  const first = ask();
  const page = watchRun(customer, signer, request.id);
  const opening = await page.until(({ purchase }) => purchase.result !== null);
  expect(opening).toMatchObject({ result: null, resultTrouble: null });
  first.refuse();
  await page.until(({ resultTrouble }) => resultTrouble?.code === 'unreadable');
  const second = ask();
  const finding = page.runs.found(request.id);
  await page.until(({ resultTrouble }) => resultTrouble === null);
  second.agree();
  await finding;
  expect((await page.until(({ result }) => result !== null)).result?.content).toBe('for you alone');
  await page.close();
});
