import { afterAll, beforeAll, expect, it } from 'vitest';
import { generateSecretKey, pubkeyOf } from '../../src/keys/index.ts';
import { satsToMsat } from '../../src/protocol/index.ts';
import { service, type JobContext } from '../../src/provider/index.ts';
import type { EngineTopics, JobWish } from '../../web/engine/index.ts';
import { openEngineStage, type EngineStage, type EngineTab, type Visitor } from './engine-stage.ts';
import { openVendor, type Vendor } from './vendor.ts';

const TEST_MS = 180_000;
/** Nobody sells these kinds besides the vendors of this file. */
const [AT_WORK, BY_HAND] = [5250, 5002];

let stage: EngineStage;
let vendor: Vendor;
let slow: Vendor;
/** What the slow one is at work on; it ends when it is told to. */
let atWork = Promise.withResolvers<string>();

beforeAll(async () => {
  stage = await openEngineStage();
  const at = { url: stage.market.httpUrl, market: stage.market };
  const hold = { priceSats: 20, exchanges: ['hold'] as const, worstSeconds: 300 };
  [vendor, slow] = await Promise.all([
    openVendor(at, [service({ kind: BY_HAND, name: 'Quick one', ...hold, handler: async () => 'hecho' })]),
    openVendor(at, [
      service({
        kind: AT_WORK,
        name: 'Slow one',
        ...hold,
        handler: async ({ signal }: JobContext) => {
          signal.addEventListener('abort', () => atWork.reject(new Error('The job is over.')), {
            once: true,
          });
          return atWork.promise;
        },
      }),
    ]),
  ]);
}, TEST_MS);
afterAll(async () => {
  atWork.resolve('');
  await Promise.all([vendor.close(), slow.close()]);
  await stage.close();
}, 60_000);

let wishes = 0;
function wish(kind: number, fields: Partial<JobWish> = {}): JobWish {
  return {
    kind,
    inputs: [{ type: 'text', data: 'The red fox sleeps.' }],
    files: [],
    params: {},
    outputs: [],
    maxAmountMsat: satsToMsat(100),
    deadlineSeconds: 600,
    targets: [],
    encrypted: false,
    exchanges: [],
    choice: 'ask',
    idempotencyKey: `moved-${++wishes}`,
    ...fields,
  };
}

/** Somebody with a play wallet that may pay by itself. */
async function open(visitor: Visitor, secretKey: Uint8Array): Promise<EngineTab> {
  const tab = await visitor.tab();
  await tab.done('session.sign-in', { by: 'new-key', secretKey });
  await tab.done('wallet.connect', { by: 'play-money' });
  await tab.done('wallet.set-budget', { budgetMsat: satsToMsat(10_000) });
  return tab;
}

/** The same person in another browser, with the copy and no wallet. */
async function moveTo(secretKey: Uint8Array, json: string): Promise<EngineTab> {
  const tab = await (await stage.visitor()).tab();
  await tab.done('session.sign-in', { by: 'new-key', secretKey });
  await tab.done('books.import', { json, password: null });
  return tab;
}

type Run = NonNullable<EngineTopics['run']['state']>;
const until = (tab: EngineTab, requestId: string, isWanted: (run: Run) => boolean) =>
  tab.until('run', { requestId }, (run) => run !== null && isWanted(run));

const approvalOf = (run: Run | null) => {
  const [offer] = run?.comparison?.offers ?? [];
  if (run === null || offer === undefined) throw new Error('there is no offer');
  const { requestId } = run.purchase;
  const { id: offerId, amountMsat: maxAmountMsat } = offer;
  return { requestId, offerId, maxAmountMsat, idempotencyKey: `approve-${requestId}` };
};
const hasOffer = (run: Run) => (run.comparison?.offers.length ?? 0) > 0;

const isParked = (tab: EngineTab) =>
  tab.until('elsewhere', null, (elsewhere) => elsewhere?.code === 'bought-elsewhere');
const balance = async (tab: EngineTab) =>
  (await tab.until('wallet', null, ({ balanceMsat }) => balanceMsat !== null)).balanceMsat ?? 0n;

it(
  'moves in the middle of a payment: the other browser receives, the first one stops, and it is paid once',
  async () => {
    const secretKey = generateSecretKey();
    const first = await open(await stage.visitor(), secretKey);
    const { requestId } = await first.done('market.post', wish(AT_WORK, { choice: 'pick' }));
    await slow.sale(({ work, money }) => work === 'working' && money === 'locked');
    await until(first, requestId, ({ purchase }) => purchase.state === 'locked');
    const json = await first.done('books.export', { password: null });

    const second = await moveTo(secretKey, json);
    await isParked(first);
    const again = await first.call('market.post', wish(BY_HAND));
    expect(again).toMatchObject({ failure: { code: 'bought-elsewhere' } });
    // Another wallet than the one that pays: it neither pays again, nor says that nothing was paid.
    await second.done('wallet.connect', { by: 'play-money' });
    const fullMsat = await balance(second);
    atWork.resolve('read aloud');
    const run = await until(second, requestId, ({ result }) => result !== null);
    expect(run).toMatchObject({ purchase: { state: 'received' }, result: { content: 'read aloud' } });
    await slow.sale(({ money }) => money === 'settled');
    expect((await slow.earned()).map(({ amountMsat }) => amountMsat)).toEqual([20_000n]);
    expect(await balance(second)).toBe(fullMsat);
  },
  TEST_MS,
);

it(
  'asks anew in the other browser, and takes back what was moved by mistake',
  async () => {
    const secretKey = generateSecretKey();
    const home = await stage.visitor();
    const first = await open(home, secretKey);
    const nobody = [pubkeyOf(generateSecretKey())];
    const pick = { choice: 'pick', targets: nobody } as const;
    const { requestId } = await first.done('market.post', wish(BY_HAND, pick));
    const json = await first.done('books.export', { password: null });
    await first.page.close();

    const second = await moveTo(secretKey, json);
    await until(second, requestId, ({ purchase }) => purchase.approval === 'ask');
    await second.done('wallet.connect', { by: 'play-money' });
    const posted = await second.done('market.post', wish(BY_HAND));
    await until(second, posted.requestId, hasOffer);

    const back = await home.tab();
    await isParked(back);
    const run = await until(back, requestId, ({ purchase }) => purchase.state === 'requested');
    expect(run?.purchase.approval).toBe('automatic');
    const withdrawn = await back.call('market.cancel', { requestId, reason: '' });
    expect(withdrawn).toMatchObject({ failure: { code: 'bought-elsewhere' } });
    await back.done('books.take-over', null);
    const ended = await until(back, requestId, ({ purchase }) => purchase.state === 'expired');
    expect(ended?.purchase.failure?.code).toBe('ask-anew'); // the other one may have paid
    await isParked(second);
    const approval = approvalOf((await until(second, posted.requestId, hasOffer)) ?? null);
    const late = await second.call('market.approve', approval);
    expect(late).toMatchObject({ failure: { code: 'bought-elsewhere' } });
    const anew = await back.done('market.post', wish(BY_HAND));
    await until(back, anew.requestId, hasOffer);
  },
  TEST_MS,
);

it(
  'is not paid again what was paid since the copy was made, and its result is here as well',
  async () => {
    const secretKey = generateSecretKey();
    const first = await open(await stage.visitor(), secretKey);
    const { requestId } = await first.done('market.post', wish(BY_HAND));
    const offered = await until(first, requestId, hasOffer);
    const json = await first.done('books.export', { password: null });
    await first.done('market.approve', approvalOf(offered ?? null));
    await until(first, requestId, ({ result }) => result !== null);
    await vendor.sale((sale) => sale.requestId === requestId && sale.money === 'settled');
    const earned = (await vendor.earned()).length;

    const second = await moveTo(secretKey, json);
    await isParked(first);
    await second.done('wallet.connect', { by: 'play-money' });
    await second.done('market.approve', approvalOf((await until(second, requestId, hasOffer)) ?? null));
    const run = await until(second, requestId, ({ result }) => result !== null);
    expect(run?.result?.content).toBe('hecho');
    expect((await vendor.earned()).length).toBe(earned);
  },
  TEST_MS,
);
