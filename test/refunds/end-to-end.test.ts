import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Customer } from '../../src/customer/index.ts';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import { orThrow, success } from '../../src/protocol/index.ts';
import { JobFailure, service, type JobHandler, type ProviderOptions } from '../../src/provider/index.ts';
import { buy, openBuyingStage, untilState, type BuyingStage } from '../customer/stage.ts';
import { openSeller, type Seller } from '../provider/stage.ts';
import { balanceOf, PAID_MSAT } from './stage.ts';

let stage: BuyingStage;
const sellers: Seller[] = [];
/** A kind for each test: requests of the others still stand on the relay. */
let kind = 5100;

beforeAll(async () => {
  stage = await openBuyingStage();
}, 60_000);
afterEach(async () => {
  kind += 1;
  for (const seller of sellers.splice(0)) await seller.close();
  await stage.sweep();
});
afterAll(() => stage.close());

const fail: JobHandler = async () => {
  throw new JobFailure('model-broken', 'The model is broken.');
};

async function sell(handler: JobHandler, told: Partial<ProviderOptions> = {}): Promise<Seller> {
  const offered = { ...service({ kind, handler }), priceMsat: PAID_MSAT, exchanges: ['prepay'] as const };
  const seller = await openSeller(stage, [offered], told);
  sellers.push(seller);
  return seller;
}

const buyPrepaid = (customer: Customer, told = {}) => buy(customer, { kind, exchanges: ['prepay'], ...told });

describe('a job that was paid first and fails', () => {
  test.each([
    ['in clear', {}],
    ['encrypted', { encrypted: true as const }],
  ])('is claimed back by itself, once, %s', async (_, told) => {
    const seller = await sell(fail);
    const customer = stage.openCustomer();
    const before = { customer: await balanceOf(stage, 'customer'), alice: await balanceOf(stage, 'alice') };
    const purchase = await buyPrepaid(customer, { ...told, targets: [seller.provider.pubkey] });
    await seller.until(({ money }) => money === 'refunded');
    await untilState(customer, purchase.requestId, 'refunded');
    expect(await purchase.result()).toMatchObject({
      failure: { code: 'provider-failed', data: { refunded: true, errorCode: 'model-broken' } },
    });
    expect(await balanceOf(stage, 'customer')).toBe(before.customer);
    expect(await balanceOf(stage, 'alice')).toBe(before.alice);
    expect(await customer.get(purchase.requestId)).toMatchObject({
      preimage: expect.stringMatching(/^[0-9a-f]{64}$/),
      refund: { bolt11: seller.moves.at(-1)?.refund?.bolt11 },
    });
  });

  test('goes back to the lightning address of the request, which the wallet confirms', async () => {
    const asked: string[] = [];
    const seller = await sell(fail, {
      resolveRefundInvoice: async ({ lud16, amountMsat }) => {
        asked.push(lud16);
        const descriptionHash = '11'.repeat(32);
        const wish = { amountMsat, descriptionHash, expirySeconds: 600 };
        const { bolt11 } = orThrow(await stage.wallet().makeInvoice(wish));
        return success({ bolt11: bolt11 ?? '', descriptionHash });
      },
    });
    const customer = stage.openCustomer({ refundLud16: 'me@wallet.example' });
    const before = await balanceOf(stage, 'customer');
    const { requestId } = await buyPrepaid(customer, { targets: [seller.provider.pubkey], encrypted: true });
    await untilState(customer, requestId, 'refunded');
    expect(asked).toEqual(['me@wallet.example']);
    const { refund } = await seller.until(({ money }) => money === 'refunded');
    const { paymentHash, bolt11 } = refund ?? {};
    expect((await customer.get(requestId))?.refund).toEqual({ paymentHash, bolt11 });
    expect(await balanceOf(stage, 'customer')).toBe(before);
  });

  test('is claimed by an invoice when the lightning address gives none', async () => {
    const seller = await sell(fail, {
      resolveRefundInvoice: async () => ({
        ok: false,
        failure: { code: 'gone', message: 'No such address.' },
      }),
    });
    const customer = stage.openCustomer({ refundLud16: 'me@wallet.example' });
    const { requestId } = await buyPrepaid(customer, { targets: [seller.provider.pubkey] });
    await untilState(customer, requestId, 'refunded');
    const { refund } = await seller.until(({ money }) => money === 'refunded');
    expect(refund).toMatchObject({ via: 'claim' });
  });
});

describe('a provider that took the money', () => {
  test('and was down while it was claimed finds the claim when it comes back', async () => {
    const signer = secretKeySigner(generateSecretKey());
    const ledger = stage.openLedger();
    const started = Promise.withResolvers<void>();
    const hang: JobHandler = ({ signal }) => {
      started.resolve();
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('stopped')));
      });
    };
    const first = await sell(hang, { signer, ledger });
    const customer = stage.openCustomer();
    const before = await balanceOf(stage, 'customer');
    const { requestId } = await buyPrepaid(customer);
    await started.promise;
    await first.close();
    stage.clock.aheadSeconds = 120; // the customer gives it up
    expect(await customer.cancel(requestId)).toMatchObject({ failure: { code: 'too-late' } }); // and looks at the clock
    await untilState(customer, requestId, 'undelivered');
    await vi.waitFor(async () => expect((await customer.get(requestId))?.refund).not.toBeNull(), {
      timeout: 20_000,
    });
    const second = await sell(fail, { signer, ledger });
    await second.until(({ money }) => money === 'refunded');
    await untilState(customer, requestId, 'refunded');
    expect(await balanceOf(stage, 'customer')).toBe(before);
  });
});
