import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unixNow } from '../../src/clock/index.ts';
import { createL402Gate } from '../../src/l402/index.ts';
import { connectWallets, type MarketWallets } from '../../src/market/connections.ts';
import { orThrow, satsToMsat } from '../../src/protocol/index.ts';
import { createInlineVerifier } from '../../src/relays/index.ts';
import { openBuyingStage, type BuyingStage } from '../customer/stage.ts';
import { startChild } from '../fixtures/child-program.ts';
import { openHttpStage, type HttpStage } from '../fixtures/http-stage.ts';
import { openScriptedCustomer, type ScriptedCustomer } from '../provider/scripted-customer.ts';

const PRICE = satsToMsat(21);

/** Where the provider dies, in the order in which the purchase of one answer passes them. */
const POINTS = [
  ...['reserved', 'in-flight', 'settled'].flatMap((state) => [
    `payment.${state}:before-commit`,
    `payment.${state}:after-commit`,
  ]),
  'provider:after-work',
];

describe('kill -9 of a provider whose handler buys data: it pays once', () => {
  let stage: BuyingStage;
  let dir: string;
  let wallets: MarketWallets;
  let shop: HttpStage;
  let customer: ScriptedCustomer;
  beforeAll(async () => {
    stage = await openBuyingStage(['provider']);
    dir = await mkdtemp(join(tmpdir(), 'coinop-l402-kill-'));
    wallets = await connectWallets({
      dir,
      bank: stage.bank,
      relayUrl: stage.relayUrl,
      verifier: createInlineVerifier(),
    });
    const gate = createL402Gate({
      rootKey: new Uint8Array(32).fill(7),
      service: 'shop',
      wallet: stage.bank.wallet('bob'),
      network: 'regtest',
      priceOf: () => ({ amountMsat: PRICE, description: 'one answer' }),
      now: unixNow,
    });
    shop = await openHttpStage(async (request) => {
      const verdict = await gate.check(request);
      return verdict.admitted
        ? new Response(`paid by ${verdict.payment?.paymentHash ?? 'nobody'}`)
        : verdict.response;
    });
    customer = await openScriptedCustomer(stage);
  }, 60_000);
  afterAll(async () => {
    customer.close();
    await shop.close();
    await wallets.close();
    await stage.close();
    await rm(dir, { recursive: true, force: true });
  }, 60_000);

  /** Starts the provider of a directory, which dies where it is told to. */
  const start = (home: string, crashAt = '') =>
    startChild(new URL('./job-process.ts', import.meta.url), [home, stage.relayUrl, `${shop.origin}/data`], {
      NWC_URL: wallets.uris.provider,
      COINOP_CRASH_AT: crashAt,
    });

  const paidHashes = async () =>
    orThrow(await stage.bank.wallet('provider').list({ direction: 'outgoing', limit: 1_000 })).map(
      ({ paymentHash }) => paymentHash,
    );

  test.each(POINTS)(
    'at %s',
    async (point) => {
      const home = join(dir, point.replaceAll(/\W/g, '-'));
      const before = await paidHashes();
      const victim = start(home, point);
      await victim.ready;
      const request = await customer.request(5750);
      expect(await victim.ended).toEqual([null, 'SIGKILL']);

      const heir = start(home);
      await heir.ready;
      const { content } = await customer.result(request);
      const paid = (await paidHashes()).filter((hash) => !before.includes(hash));
      expect(paid).toHaveLength(1);
      expect(content).toBe(`paid by ${paid[0]}`);
      expect(await heir.stop()).toEqual([0, null]);
      await customer.cancel(request);
    },
    60_000,
  );
});
