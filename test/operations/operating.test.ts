import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import { normalizeRelayUrl } from '../../src/protocol/index.ts';
import { service, type JobHandler } from '../../src/provider/index.ts';
import { faultyWallet } from '../customer/faulty-wallet.ts';
import { buy, openBuyingStage, type BuyingStage } from '../customer/stage.ts';
import { openScriptedCustomer } from '../provider/scripted-customer.ts';
import { ask, openWatched, TOKEN, type Watched } from './stage.ts';

let stage: BuyingStage;
const opened: Watched[] = [];
/** A kind for each test: requests of the others still stand on the relay. */
let kind = 5300;

beforeAll(async () => {
  stage = await openBuyingStage();
}, 60_000);
afterEach(async () => {
  kind += 1;
  for (const watched of opened.splice(0)) await watched.close();
  await stage.sweep();
});
afterAll(() => stage.close());

async function sell(handler: JobHandler, told: Parameters<typeof openWatched>[2] = {}, priceSats = 10) {
  const offered = { ...service({ kind, handler, priceSats }), exchanges: ['prepay', 'free'] as const };
  const watched = await openWatched(stage, [offered], told);
  opened.push(watched);
  return watched;
}

const shout: JobHandler = async ({ text }) => text.toUpperCase();
const until = (look: () => Promise<void> | void) => vi.waitFor(look, { timeout: 20_000, interval: 50 });
const post = { method: 'POST' } as const;

/** The value of a series, by its name and labels as they are written. */
function valueOf(metrics: string, series: string): number {
  const line = metrics.split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? Number.NaN : Number(line.slice(series.length + 1));
}

test('a sale can be followed in the log and the numbers, which name no key and no job', async () => {
  const watched = await sell(shout);
  const purchase = await buy(stage.openCustomer(), { kind });
  expect(await purchase.result()).toMatchObject({ ok: true });
  await until(() => expect(watched.lines.map(({ work }) => work)).toContain('closed'));
  const [sale] = await watched.account.ledger.sales.listRecent({ limit: 1 });
  const told = watched.lines.filter(({ job }) => job === sale?.requestId);
  expect(told.length).toBeGreaterThanOrEqual(5);
  for (const line of told)
    expect(line).toMatchObject({ service: sale?.serviceId, kind, customer: sale?.customerPubkey });
  expect(told.at(-1)).toMatchObject({ level: 'info', work: 'closed', money: 'settled', amountMsat: '10000' });
  expect(JSON.stringify(watched.lines)).not.toContain(sale?.quote?.preimage ?? TOKEN);

  const { status, body } = await ask(watched.url, '/metrics', { token: null });
  expect(status).toBe(200);
  expect(body).not.toMatch(/[0-9a-f]{32}/);
  for (const [series, value] of [
    ['coinop_build_info{version="1.2.3"', null],
    [`coinop_sale_moves_total{kind="${kind}",work="delivered",money="settled"}`, 1],
    [`coinop_earned_msat_total{kind="${kind}"}`, 10_000],
    [`coinop_work_seconds_count{kind="${kind}"}`, 1],
    [`coinop_quote_to_paid_seconds_count{kind="${kind}"}`, 1],
    [`coinop_delivery_seconds_count{kind="${kind}"}`, 1],
    [`coinop_relay_up{relay="${normalizeRelayUrl(stage.relayUrl)}"}`, 1],
    ['coinop_wallet_calls_total{method="make_invoice",outcome="ok"}', 1],
    ['coinop_taking_jobs', 1],
    ['coinop_ready{part="database"}', 1],
    ['coinop_outbox_due', 0],
  ] as const)
    if (value === null) expect(body).toContain(series);
    else expect([series, valueOf(body, series)]).toEqual([series, value]);
  expect(valueOf(body, 'coinop_publish_total{outcome="accepted",reason="none"}')).toBeGreaterThan(2);
  expect(valueOf(body, 'coinop_event_loop_lag_seconds{quantile="0.99"}')).toBeGreaterThan(0);
});

test('trouble with a request is told with its job, although it has no sale', async () => {
  const isMet = () => Promise.reject(new Error('The list is away.'));
  const conditions = [{ code: 'trust', detail: 'friends only', isMet }];
  const watched = await openWatched(stage, [service({ kind, conditions, handler: shout })]);
  opened.push(watched);
  const customer = await openScriptedCustomer(stage);
  try {
    const request = await customer.request(kind);
    expect((await customer.feedback(request, 'error')).error?.code).toBe('condition-unmet');
    expect(watched.lines).toContainEqual(
      expect.objectContaining({ code: 'condition-unchecked', level: 'warn', job: request.id }),
    );
  } finally {
    customer.close();
  }
});

test('what is owed and what waits is told from the books', async () => {
  const stuck = Promise.withResolvers<string>();
  const watched = await sell(() => stuck.promise);
  const customer = await openScriptedCustomer(stage);
  try {
    const request = await customer.request(kind);
    await customer.pay((await customer.feedback(request, 'payment-required')).bolt11);
    await customer.feedback(request, 'processing');
    await until(async () => {
      expect(watched.lines.at(-1)).toMatchObject({ work: 'working' });
      const { body } = await ask(watched.url, '/metrics');
      expect(valueOf(body, `coinop_sales_open{kind="${kind}",work="working",money="settled"}`)).toBe(1);
      expect(valueOf(body, 'coinop_owed_msat{money="settled"}')).toBe(10_000);
      expect(valueOf(body, 'coinop_sales_owing{money="settled"}')).toBe(1);
    });
  } finally {
    stuck.resolve('done');
    customer.close();
  }
});

describe('the pages', () => {
  test('say whether the process lives, and what is not ready', async () => {
    const wallet = faultyWallet(stage.bank.wallet('alice'), {
      balance: async () => ({ ok: false, failure: { code: 'wallet-unreachable', message: 'secret words' } }),
    });
    const watched = await sell(shout, { wallet, relayUrls: [stage.relayUrl, 'ws://127.0.0.1:1/'] });
    expect(await ask(watched.url, '/healthz', { token: null })).toMatchObject({
      status: 200,
      json: { alive: true },
    });
    const unready = await ask(watched.url, '/readyz', { token: null });
    expect(unready).toMatchObject({
      status: 503,
      json: {
        ready: false,
        parts: [
          { part: 'relays', ready: true, detail: '1 of 2 relays connected' },
          { part: 'wallet', ready: false, detail: 'does not answer (wallet-unreachable)' },
          { part: 'database', ready: true },
        ],
      },
    });
    expect(unready.body).not.toContain('secret words');

    const well = await sell(shout);
    expect(await ask(well.url, '/readyz', { token: null })).toMatchObject({
      status: 200,
      json: { ready: true },
    });
    well.stopping.abort();
    expect(await ask(well.url, '/readyz')).toMatchObject({
      status: 503,
      json: { ready: false, stopping: true },
    });
    expect(await ask(well.url, '/healthz')).toMatchObject({ status: 200 });
  });

  test('say that the database is not to be written', async () => {
    const ledger = stage.openLedger();
    const broken = { ...ledger, checkWritable: () => Promise.reject(new Error('disk /secret/path is full')) };
    const watched = await sell(shout, { ledger: broken });
    const { status, body } = await ask(watched.url, '/readyz');
    expect(status).toBe(503);
    expect(body).toContain('"part":"database","ready":false');
    expect(body).not.toContain('secret');
  });

  test('open the API to the token alone, and to no page of another site', async () => {
    const { url } = await sell(shout);
    for (const token of [null, '', 'wrong', TOKEN.slice(1), `${TOKEN}x`])
      expect([400, 401]).toContain((await ask(url, '/v1/status', { token })).status);
    expect((await ask(url, '/v1/nothing', { token: null })).status).toBe(401);
    expect((await ask(url, '/v1/pause', { ...post, token: null })).status).toBe(401);
    const { port } = new URL(url);
    for (const host of ['evil.example', `evil.example:${port}`, `127.0.0.1.evil.example:${port}`]) {
      expect([host, (await ask(url, '/v1/status', { headers: { host } })).status]).toEqual([host, 403]);
      expect((await ask(url, '/metrics', { headers: { host } })).status).toBe(403);
    }
    for (const host of [`localhost:${port}`, `[::1]:${port}`, '10.1.2.3:80', 'coinop.internal'])
      expect([host, (await ask(url, '/v1/status', { headers: { host } })).status]).toEqual([host, 200]);
    for (const origin of ['http://evil.example', 'null', `https://127.0.0.1:${port}`])
      expect((await ask(url, '/v1/pause', { ...post, headers: { origin } })).status).toBe(403);
    expect((await ask(url, '/v1/status', { headers: { origin: url } })).status).toBe(200);
    expect((await ask(url, '/v1/status')).json).toMatchObject({ takingJobs: true, stopping: false });
  });

  test('bound what is sent and how often, and an operator is not kept out by others', async () => {
    const { url } = await sell(shout);
    const id = 'ab'.repeat(32);
    const large = await ask(url, `/v1/jobs/${id}/refund`, { ...post, body: 'x'.repeat(5_000) });
    expect(large).toMatchObject({ status: 413, json: { error: { code: 'body-too-large' } } });
    for (const path of [
      '/v1/jobs?limit=0',
      '/v1/jobs?limit=201',
      '/v1/jobs?state=x',
      '/v1/jobs?after=1',
      '/v1/jobs?x=1',
    ])
      expect([path, (await ask(url, path)).status]).toEqual([path, 400]);
    for (const name of ['xyz', 'ab', '%00', 'AB'.repeat(32)])
      expect([name, (await ask(url, `/v1/jobs/${name}`)).status]).toEqual([name, 400]);
    expect((await ask(url, `/v1/jobs/${id}`)).status).toBe(404);
    let refused = 0;
    for (let round = 0; refused === 0 && round < 20; round++) {
      const flood = await Promise.all(
        Array.from({ length: 100 }, () => ask(url, '/healthz', { token: null })),
      );
      refused = flood.filter(({ status }) => status === 429).length;
    }
    expect(refused).toBeGreaterThan(0);
    expect((await ask(url, '/v1/status')).status).toBe(200);
  });
});

describe('operators', () => {
  test('list jobs, look at one, and give its money back once', async () => {
    const watched = await sell(shout);
    const purchase = await buy(stage.openCustomer(), { kind });
    expect(await purchase.result()).toMatchObject({ ok: true });
    await until(() => expect(watched.lines.map(({ work }) => work)).toContain('closed'));
    const [sale] = await watched.account.ledger.sales.listRecent({ limit: 1 });
    const id = sale?.requestId ?? '';
    for (const state of ['recent', 'all'])
      expect((await ask(watched.url, `/v1/jobs?state=${state}`)).json).toMatchObject({
        jobs: [{ requestId: id, work: 'closed', money: 'settled', amountMsat: '10000' }],
        next: null,
      });
    expect((await ask(watched.url, '/v1/jobs?state=open')).json).toEqual({ jobs: [], next: null });
    const shown = await ask(watched.url, `/v1/jobs/${id.slice(0, 12)}`);
    expect(shown.json).toMatchObject({ requestId: id, books: { wallet: '10000', earned: '-10000' } });
    const steps = shown.json['timeline'] as readonly { readonly what: string }[];
    expect(steps.map(({ what }) => what)).toEqual(
      expect.arrayContaining([
        'asked',
        'taken',
        'received by invoice',
        'result made',
        'closed, money settled',
      ]),
    );
    expect(shown.body).not.toMatch(/preimage|bolt11|lnbcrt/);

    for (const body of ['[]', '{"amountMsat":5}', '{"amountMsat":"-5"}', '{"amount":"5"}', 'x'])
      expect([body, (await ask(watched.url, `/v1/jobs/${id}/refund`, { ...post, body })).status]).toEqual([
        body,
        400,
      ]);
    const most = await ask(watched.url, `/v1/jobs/${id}/refund`, { ...post, body: '{"amountMsat":"10001"}' });
    expect(most.json).toMatchObject({ error: { code: 'invalid-amount' } });
    const refunds = await Promise.all(
      Array.from({ length: 6 }, () => ask(watched.url, `/v1/jobs/${id}/refund`, post)),
    );
    expect(refunds.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(refunds.filter(({ status }) => status === 409)).toHaveLength(5);
    expect(refunds.find(({ status }) => status === 200)?.json).toMatchObject({
      money: 'refund-due',
      goodwillMsat: '10000',
    });
    expect((await ask(watched.url, '/v1/jobs?state=owing')).json).toMatchObject({
      jobs: [{ requestId: id }],
    });
    const decisions = watched.lines.filter(({ by }) => by === 'admin-api');
    expect(decisions.filter(({ level }) => level === 'info')).toMatchObject([
      { job: id, money: 'refund-due' },
    ]);
    expect((await ask(watched.url, `/v1/jobs/${id}/retry`, post)).json).toMatchObject({
      error: { code: 'not-failed' },
    });
  });

  test('show what is sold under keys that came later', async () => {
    const watched = await sell(shout);
    const { account, operations } = watched;
    const added = { ...account, signer: secretKeySigner(generateSecretKey()) };
    operations.sellAs([account, added, added]);
    const providers = [account.signer.pubkey, added.signer.pubkey];
    expect((await ask(watched.url, '/v1/status')).json).toMatchObject({ providers });
    // A job of the new key is found and counted like those of the first.
    const other = await openWatched(stage, [service({ kind, handler: shout, priceSats: 10 })], added);
    opened.push(other);
    const purchase = await buy(stage.openCustomer(), { kind, targets: [added.signer.pubkey] });
    expect(await purchase.result()).toMatchObject({ ok: true });
    await until(() => expect(other.lines.map(({ work }) => work)).toContain('closed'));
    expect((await ask(watched.url, `/v1/jobs/${purchase.requestId}/refund`, post)).status).toBe(200);
    await until(async () => {
      const { body } = await ask(watched.url, '/metrics', { token: null });
      expect(valueOf(body, 'coinop_sales_owing{money="refund-due"}')).toBe(1);
    });
  });

  test('have a job done again that failed, by the provider that runs', async () => {
    let tries = 0;
    const watched = await sell(async ({ text }) => {
      tries += 1;
      if (tries === 1) throw new Error('out of paper');
      return text.toUpperCase();
    });
    const customer = await openScriptedCustomer(stage);
    try {
      const request = await customer.request(kind);
      await customer.pay((await customer.feedback(request, 'payment-required')).bolt11);
      await customer.feedback(request, 'error');
      await until(() => expect(watched.lines.at(-1)).toMatchObject({ level: 'debug' })); // the refund was offered
      const again = await ask(watched.url, `/v1/jobs/${request.id}/retry`, post);
      expect(again).toMatchObject({
        status: 200,
        json: { work: 'accepted', money: 'settled', failure: null },
      });
      expect((await customer.result(request)).content).toMatch(/^[A-Z0-9 ]+$/);
      await until(() => expect(watched.lines.at(-1)).toMatchObject({ work: 'closed', money: 'settled' }));
      expect(tries).toBe(2);
    } finally {
      customer.close();
    }
  });

  test('pause the intake: nobody is answered, and what was taken goes on', async () => {
    const stuck = Promise.withResolvers<string>();
    const watched = await sell(() => stuck.promise, {}, 0);
    const customer = await openScriptedCustomer(stage);
    try {
      const running = await customer.request(kind);
      await customer.feedback(running, 'processing');
      expect((await ask(watched.url, '/v1/pause', post)).json).toEqual({ takingJobs: false });
      const unheard = await customer.request(kind);
      stuck.resolve('done');
      expect((await customer.result(running)).content).toBe('done');
      expect((await ask(watched.url, '/v1/resume', post)).json).toEqual({ takingJobs: true });
      const heard = await customer.request(kind);
      expect((await customer.result(heard)).content).toBe('done');
      expect(customer.answers(unheard)).toEqual([]);
      expect(await watched.account.ledger.sales.get(watched.provider.pubkey, unheard.id)).toBe(null);
    } finally {
      customer.close();
    }
  });
});
