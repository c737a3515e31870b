import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateSecretKey } from '../../src/keys/index.ts';
import { openNwcWallet } from '../../src/money/index.ts';
import { parseJobRequest, satsToMsat } from '../../src/protocol/index.ts';
import { createInlineVerifier, createRelayPool } from '../../src/relays/index.ts';
import { NodeWebSocket } from '../../src/relays/node.ts';
import type { JobWish } from '../../web/engine/index.ts';
import { openEngineStage, type EngineStage, type EngineTab, type Visitor } from './engine-stage.ts';

let stage: EngineStage;
let customer: Visitor;
let customerKey: Uint8Array;
let mintUrl: string;

beforeAll(async () => {
  stage = await openEngineStage();
  customer = await stage.visitor();
}, 180_000);
afterAll(() => stage.close(), 60_000);

const TEST_MS = 120_000;
const sats = satsToMsat;

let wishes = 0;
function wish(fields: Partial<JobWish> = {}): JobWish {
  return {
    kind: 5001,
    inputs: [
      { type: 'text', data: 'Money in, data out. A vending machine takes coins and gives what was chosen.' },
    ],
    files: [],
    params: {},
    outputs: [],
    maxAmountMsat: sats(1_000),
    deadlineSeconds: 86_400,
    targets: [],
    encrypted: false,
    exchanges: ['ecash-htlc'],
    choice: 'pick',
    idempotencyKey: `ecash-wish-${++wishes}`,
    ...fields,
  };
}

/** Trusts the mint of the market; gives its address. */
async function trustMint(tab: EngineTab): Promise<string> {
  const { hostMint } = await tab.until('ecash', null, (state) => state.hostMint !== null);
  await tab.done('ecash.add-mint', { url: hostMint ?? '' });
  return hostMint ?? '';
}

const until = (tab: EngineTab, amountMsat: bigint) =>
  tab.until(
    'ecash',
    null,
    ({ mints, underWay }) => mints[0]?.amountMsat === amountMsat && underWay.length === 0,
  );

const amountOf = async (tab: EngineTab): Promise<bigint> =>
  (await tab.until('ecash', null, ({ mints }) => mints.length > 0)).mints[0]?.amountMsat ?? 0n;

/** Pays an invoice as somebody's phone does. */
async function payByPhone(bolt11: string): Promise<void> {
  const verifier = createInlineVerifier();
  const relays = createRelayPool({ verifier, WebSocket: NodeWebSocket });
  const uri = stage.market.customerWalletUri;
  const phone = openNwcWallet({ uri, relays, now: () => Math.floor(Date.now() / 1000) });
  if (!phone.ok) throw new Error(phone.failure.message);
  const paid = await phone.value.pay({ bolt11, feeLimitMsat: sats(50) });
  await phone.value.close();
  await relays.close();
  await verifier.close();
  if (!paid.ok) throw new Error(paid.failure.message);
}

describe('ecash in a browser', () => {
  it(
    'is bought once with play money, buys a job by a hash lock, and is taken out again',
    async () => {
      const tab = await customer.tab();
      customerKey = generateSecretKey();
      await tab.done('session.sign-in', { by: 'new-key', secretKey: customerKey });
      const { balanceMsat: fullMsat } = await tab.done('wallet.connect', { by: 'play-money' });
      await tab.done('wallet.set-budget', { budgetMsat: sats(10_000) });
      mintUrl = await trustMint(tab);
      const topUp = { mintUrl, amountMsat: sats(500), payBy: 'wallet', idempotencyKey: 'a' } as const;
      const tooMuch = { ...topUp, amountMsat: sats(10_000), idempotencyKey: 'too much' };
      expect(await tab.call('ecash.top-up', tooMuch)).toMatchObject({ failure: { code: 'over-budget' } });
      await tab.done('ecash.top-up', topUp);
      await tab.done('ecash.top-up', topUp);
      await until(tab, sats(500));

      const { requestId } = await tab.done('market.post', wish());
      const run = await tab.until('run', { requestId }, (state) => state?.purchase.preimage != null);
      expect(run?.purchase).toMatchObject({ state: 'received', offer: { exchange: 'ecash-htlc' } });
      const paidMsat = (run?.purchase.offer?.amountMsat ?? 0n) + (run?.purchase.feePaidMsat ?? 0n);
      expect(paidMsat).toBeGreaterThan(0n);
      await until(tab, sats(500) - paidMsat);
      const { spentMsat } = await tab.until('wallet', null, (state) => state.spentMsat >= sats(500));
      expect(spentMsat).toBeLessThan(sats(500) + paidMsat); // it counted when it left the wallet

      const out = { mintUrl, amountMsat: sats(100), feeLimitMsat: sats(5), to: 'wallet' } as const;
      const { feePaidMsat } = await tab.done('ecash.take-out', { ...out, idempotencyKey: 'b' });
      await tab.done('ecash.take-out', { ...out, idempotencyKey: 'b' });
      await until(tab, sats(400) - paidMsat - feePaidMsat);
      const least = (fullMsat ?? 0n) - sats(400) - sats(10); // and what the ways there and back cost
      await tab.until('wallet', null, ({ balanceMsat }) => balanceMsat !== null && balanceMsat >= least);
    },
    TEST_MS,
  );

  it(
    'is asked for beside Lightning, which is not asked to hold money for longer than a day',
    async () => {
      const tab = await customer.tab();
      const askedFor = async (deadlineSeconds: number) => {
        const fields = { kind: 5050, exchanges: [], choice: 'ask', deadlineSeconds } as const;
        const { requestId } = await tab.done('market.post', wish(fields));
        const run = await tab.until('run', { requestId }, (state) => state !== null);
        await tab.done('market.cancel', { requestId, reason: '' });
        const read = run === null || run === undefined ? null : parseJobRequest(run.purchase.request);
        return read?.ok === true ? read.value.exchanges : [];
      };
      const short = await askedFor(86_400);
      expect(short).toEqual(expect.arrayContaining(['hold', 'reveal', 'ecash-htlc', 'prepay', 'nutzap']));
      expect(short).not.toContain('balance');
      expect(await askedFor(86_401)).toEqual(short.filter((mode) => mode !== 'hold' && mode !== 'reveal'));
    },
    TEST_MS,
  );

  it(
    'goes on with what closed tabs left open: an invoice that a phone pays, and coins that were paid for',
    async () => {
      const tab = await customer.tab();
      const context = tab.page.context();
      const before = await amountOf(tab);
      const topUp = { mintUrl, amountMsat: sats(200) } as const;
      await tab.done('ecash.top-up', { ...topUp, payBy: 'phone', idempotencyKey: 'c' });
      const shown = await tab.until('ecash', null, ({ underWay }) => underWay[0]?.bolt11 != null);
      // The tab closes when the mint is paid and has not given the coins yet.
      const closed = Promise.withResolvers<void>();
      await context.route('**/v1/mint/bolt11', async (route) => {
        closed.resolve();
        await route.abort().catch(() => undefined); // the page may be gone
      });
      void tab
        .call('ecash.top-up', { ...topUp, payBy: 'wallet', idempotencyKey: 'd' })
        .catch(() => undefined);
      await closed.promise;
      await Promise.all(context.pages().map((page) => page.close()));
      await payByPhone(shown.underWay[0]?.bolt11 ?? '');
      await context.unroute('**/v1/mint/bolt11');

      const again = await customer.tab();
      await until(again, before + sats(400));
      await again.done('ecash.top-up', { ...topUp, payBy: 'wallet', idempotencyKey: 'd' });
      await until(again, before + sats(400));
    },
    TEST_MS,
  );

  it(
    'says that a mint is down, keeps what it holds, and gives no ecash away twice',
    async () => {
      const tab = await customer.tab();
      const context = tab.page.context();
      const before = await amountOf(tab);
      const made = { mintUrl, amountMsat: sats(50), feeLimitMsat: sats(0), to: 'token' } as const;
      await tab.done('ecash.take-out', { ...made, idempotencyKey: 'e' });
      const { tokens } = await until(tab, before - sats(50));
      expect(tokens).toMatchObject([{ amountMsat: sats(50), mintUrl }]);
      const [{ token, key } = { token: '', key: '' }] = tokens;

      await context.route(`${mintUrl}/**`, (route) => route.abort());
      await Promise.all(context.pages().map((page) => page.close()));
      const down = await customer.tab();
      const seen = await down.until('ecash', null, ({ mints }) => mints[0]?.trouble != null);
      expect(seen.mints).toMatchObject([
        { url: mintUrl, amountMsat: before - sats(50), trouble: { code: 'mint-unreachable' } },
      ]);
      expect(await down.call('ecash.take-back', { key })).toMatchObject({
        ok: false,
        failure: { code: 'mint-unreachable' },
      });
      await context.unroute(`${mintUrl}/**`);

      await down.done('ecash.take-back', { key });
      await until(down, before);
      expect(await down.call('ecash.receive', { token })).toMatchObject({
        ok: false,
        failure: { code: 'already-spent' },
      });
      await until(down, before);
      expect(await down.call('ecash.remove-mint', { url: mintUrl })).toMatchObject({
        failure: { code: 'mint-in-use' },
      });
    },
    TEST_MS,
  );

  it(
    'pays a person in another browser by a lock that lasts until the work is there',
    async () => {
      const worker = await stage.visitor();
      const bench = await worker.tab();
      await bench.done('session.sign-in', { by: 'new-key', secretKey: generateSecretKey() });
      await trustMint(bench); // and no other wallet
      const skill = { id: 'proof', kind: 5050, name: 'Proofreading', about: 'By hand.', fromMsat: sats(10) };
      await bench.done('work.set-skills', { name: 'By hand', skills: [skill], linked: false });
      const { workerPubkey } = await bench.until('workbench', null, (state) => state.workerPubkey !== null);
      const tab = await customer.tab();
      const before = await amountOf(tab);
      const { requestId } = await tab.done(
        'market.post',
        wish({ kind: 5050, targets: [workerPubkey ?? ''], exchanges: [] }),
      );
      await bench.until('workbench', null, ({ inbox }) => inbox.some((row) => row.requestId === requestId));
      const terms = { amountMsat: sats(30), usualSeconds: 3_600, worstSeconds: 43_200, note: '', plan: null };
      await bench.done('work.quote', { requestId, ...terms });
      await bench.until('workbench', null, ({ active }) => active.some((row) => row.requestId === requestId));
      const locked = await tab.until('run', { requestId }, (run) => run?.purchase.state === 'locked');
      expect(locked?.purchase.offer).toMatchObject({ exchange: 'ecash-htlc', amountMsat: sats(30) });
      const draft = { content: 'Checked.', mediaType: 'text/plain', file: null };
      await bench.done('work.deliver', { requestId, draft, over: 0 });
      await tab.until('run', { requestId }, (run) => run?.purchase.preimage != null);
      await until(bench, sats(30));
      await until(tab, before - sats(30));
      await worker.close();
    },
    TEST_MS,
  );

  it(
    'leaves the browser under a password, and goes on in another one, whose mints are trusted first',
    async () => {
      const tab = await customer.tab();
      const before = (await amountOf(tab)) - sats(10);
      const made = { mintUrl, feeLimitMsat: sats(0), to: 'token' } as const;
      await tab.done('ecash.take-out', { ...made, amountMsat: sats(10), idempotencyKey: 'given' });
      const [{ token } = { token: '' }] = (await until(tab, before)).tokens;
      expect(await tab.call('books.export', { password: null })).toMatchObject({
        failure: { code: 'password-needed' },
      });
      const password = 'correct horse battery';
      const json = await tab.done('books.export', { password });
      await customer.close();

      customer = await stage.visitor();
      const there = await customer.tab();
      await there.done('session.sign-in', { by: 'new-key', secretKey: customerKey });
      expect(await there.call('books.import', { json, password: 'another horse' })).toMatchObject({
        failure: { code: 'key-password-wrong' },
      });
      expect(await there.call('ecash.receive', { token })).toMatchObject({
        failure: { code: 'untrusted-mint', data: { mintUrl } },
      });
      await there.done('books.import', { json, password });
      await until(there, before);
      await there.done('ecash.take-out', { ...made, amountMsat: sats(20), idempotencyKey: 'f' });
      await until(there, before - sats(20));
    },
    TEST_MS,
  );
});
