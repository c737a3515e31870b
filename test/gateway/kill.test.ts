import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { connectWallets, marketWalletUri, type MarketWallets } from '../../src/market/connections.ts';
import { orThrow, satsToMsat } from '../../src/protocol/index.ts';
import { JobFailure, service } from '../../src/provider/index.ts';
import { createInlineVerifier } from '../../src/relays/index.ts';
import { openBuyingStage, type BuyingStage } from '../customer/stage.ts';
import { startChild } from '../fixtures/child-program.ts';
import { openHttpStage } from '../fixtures/http-stage.ts';
import { openSeller, type Seller } from '../provider/stage.ts';
import { pay, proof, quoteOf, untilJob, type ClientQuote } from './stage.ts';

/** Where the gateway dies, in the order in which a paid job passes them. */
const POINTS = [
  'gateway:payment-seen',
  'gateway:after-approve',
  'customer:wallet-called',
  'gateway:before-result',
];
/** The same while it pays back what a client paid for a job that failed. */
const REFUND_POINTS = ['gateway:before-refund', 'payment.settled:before-commit'];

/** The same after the offer that was quoted was gone, so that the market was asked anew. */
const ATTEMPT_POINTS = ['customer:after-open#2', 'gateway:after-approve'];
/** The same while it takes the locked money of a client, or gives it back. */
const SETTLING_POINTS = ['gateway:after-result', 'gateway:after-take'];
const RELEASING_POINTS = ['gateway:before-release', 'gateway:after-release'];

const ORDER = { inputs: ['a red fox'], max_sats: 100, deadline_seconds: 60 };

describe('kill -9 of a gateway whose client has paid', () => {
  let stage: BuyingStage;
  let seller: Seller;
  let wallets: MarketWallets;
  let dir: string;
  let port: string;
  let gatewayUri: string;
  beforeAll(async () => {
    stage = await openBuyingStage(['provider', 'gateway']);
    dir = await mkdtemp(join(tmpdir(), 'coinop-gateway-kill-'));
    wallets = await connectWallets({
      dir,
      bank: stage.bank,
      relayUrl: stage.relayUrl,
      verifier: createInlineVerifier(),
      withGateway: true,
    });
    gatewayUri = (await marketWalletUri(dir, 'gateway')) ?? '';
    seller = await openSeller(stage, [
      service({ kind: 5750, priceSats: 20, handler: async ({ inputs }) => `${inputs[0]?.text}!` }),
      service({
        kind: 5751,
        priceSats: 20,
        handler: async () => Promise.reject(new JobFailure('broken', 'No.')),
      }),
    ]);
    const free = await openHttpStage(() => new Response());
    port = new URL(free.origin).port;
    await free.close();
  }, 60_000);
  afterAll(async () => {
    await seller.close();
    await wallets.close();
    await stage.close();
    await rm(dir, { recursive: true, force: true });
  }, 60_000);

  const start = (home: string, crashAt = '') =>
    startChild(new URL('./gateway-process.ts', import.meta.url), [home, stage.relayUrl, port], {
      NWC_URL: gatewayUri,
      COINOP_CRASH_AT: crashAt,
    });
  const order = (kind: number, told: object = {}): Promise<ClientQuote> =>
    quoteOf(`http://127.0.0.1:${port}`, kind, { ...ORDER, ...told });
  const client = () => stage.wallet();
  /** What has left the gateway's wallet, oldest first. */
  const paidByGateway = async () =>
    orThrow(await stage.bank.wallet('gateway').list({ direction: 'outgoing', limit: 1_000 }))
      .filter(({ state }) => state === 'settled')
      .map(({ amountMsat }) => amountMsat)
      .toReversed();

  test.each(POINTS)(
    'at %s: the job is bought once and delivered',
    async (point) => {
      const home = join(dir, point.replaceAll(/\W/g, '-'));
      const before = (await paidByGateway()).length;
      const victim = start(home, point);
      await victim.ready;
      const quote = await order(5750);
      await pay(client(), quote.invoice);
      expect(await victim.ended).toEqual([null, 'SIGKILL']);

      const heir = start(home);
      await heir.ready;
      expect(await untilJob(quote, 'done')).toMatchObject({ result: { content: 'a red fox!' } });
      await vi.waitFor(async () => expect((await paidByGateway()).slice(before)).toHaveLength(1), {
        timeout: 20_000,
      });
      expect(await heir.stop()).toEqual([0, null]);
    },
    120_000,
  );

  test.each(REFUND_POINTS)(
    'at %s: what was paid for a job that failed comes back once',
    async (point) => {
      const home = join(dir, point.replaceAll(/\W/g, '-'));
      const before = (await paidByGateway()).length;
      const victim = start(home, point);
      await victim.ready;
      const quote = await order(5751);
      const preimage = await pay(client(), quote.invoice);
      const { refund_sats: owed } = await untilJob(quote, 'refund-due');
      const invoice = orThrow(
        await client().makeInvoice({ amountMsat: satsToMsat(Number(owed)), expirySeconds: 600 }),
      );
      const asked = {
        method: 'POST',
        headers: proof(quote, preimage),
        body: JSON.stringify({ invoice: invoice.bolt11 }),
      };
      await expect(fetch(`${quote.job}/refund`, asked)).rejects.toThrow();
      expect(await victim.ended).toEqual([null, 'SIGKILL']);

      const heir = start(home);
      await heir.ready;
      await untilJob(quote, 'refunded');
      expect((await paidByGateway()).slice(before)).toEqual([satsToMsat(Number(owed))]);
      expect(await heir.stop()).toEqual([0, null]);
    },
    120_000,
  );

  test.each(ATTEMPT_POINTS)(
    'at %s of a later attempt: that attempt goes on, and the job is bought once',
    async (point) => {
      const home = join(dir, `later-${point.replaceAll(/\W/g, '-')}`);
      const before = (await paidByGateway()).length;
      const provider = await stage.openProvider('bob');
      const victim = start(home, point);
      await victim.ready;
      const quoting = order(5050);
      const first = await provider.nextRequest();
      await provider.quote(first, 20);
      const quote = await quoting;
      await provider.say(first, { status: 'error', error: { code: 'busy', detail: 'Not now.' } });
      await pay(client(), quote.invoice);
      const opensFirst = point.startsWith('customer:'); // dead before it is published
      const asked = opensFirst ? null : await provider.nextRequest();
      const offered = asked === null ? null : await provider.quote(asked, 20);
      expect(await victim.ended).toEqual([null, 'SIGKILL']);

      const heir = start(home);
      await heir.ready;
      const second = asked ?? (await provider.nextRequest());
      const offer = offered ?? (await provider.quote(second, 20));
      await provider.untilHeld(offer);
      await provider.deliver(second, 'after all');
      await provider.settle(offer);
      expect(await untilJob(quote, 'done')).toMatchObject({ result: { content: 'after all' } });
      await vi.waitFor(async () => expect((await paidByGateway()).slice(before)).toHaveLength(1), {
        timeout: 20_000,
      });
      expect(await heir.stop()).toEqual([0, null]);
    },
    120_000,
  );

  test.each(SETTLING_POINTS)(
    'at %s: the locked money is taken, and the result is delivered',
    async (point) => {
      const home = join(dir, point.replaceAll(/\W/g, '-'));
      const victim = start(home, point);
      await victim.ready;
      const quote = await order(5750, { payment: 'hold' });
      const paying = pay(client(), quote.invoice);
      expect(await victim.ended).toEqual([null, 'SIGKILL']);

      const heir = start(home);
      await heir.ready;
      expect(await untilJob(quote, 'done')).toMatchObject({ result: { content: 'a red fox!' } });
      expect(await paying).toMatch(/^[0-9a-f]{64}$/);
      expect(await heir.stop()).toEqual([0, null]);
    },
    120_000,
  );

  test.each(RELEASING_POINTS)(
    'at %s: the locked money goes back',
    async (point) => {
      const home = join(dir, point.replaceAll(/\W/g, '-'));
      const before = (await paidByGateway()).length;
      const victim = start(home, point);
      await victim.ready;
      const quote = await order(5751, { payment: 'hold' });
      const paying = client().pay({ bolt11: quote.invoice, feeLimitMsat: satsToMsat(10) });
      expect(await victim.ended).toEqual([null, 'SIGKILL']);

      const heir = start(home);
      await heir.ready;
      await untilJob(quote, 'released');
      expect(await paying).toMatchObject({ ok: false });
      expect((await paidByGateway()).slice(before)).toEqual([]);
      expect(await heir.stop()).toEqual([0, null]);
    },
    120_000,
  );
});
