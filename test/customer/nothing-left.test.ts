import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Wish } from '../../src/customer/index.ts';
import { buy, openBuyingStage, untilState, type BuyingStage } from './stage.ts';

let stage: BuyingStage;
beforeAll(async () => {
  stage = await openBuyingStage();
});
afterEach(() => stage.sweep());
afterAll(() => stage.close());

describe('all sellers that are known have answered, and there is nothing to take', () => {
  const patient: Partial<Wish> = { deadlineSeconds: 3600 };

  test('ends the purchase long before its deadline, with the reasons', async () => {
    const [declining, dear] = [await stage.openProvider('alice'), await stage.openProvider('bob')];
    const known = [declining.pubkey, dear.pubkey];
    const customer = stage.openCustomer({ knownSellers: () => known });
    const purchase = await buy(customer, patient);
    const request = await declining.nextRequest();
    await declining.say(request, {
      status: 'error',
      error: { code: 'unusable-input', detail: 'That is no text.' },
    });
    await dear.quote(await dear.nextRequest(), 1_000_000);
    const providerErrors = [
      { providerPubkey: declining.pubkey, code: 'unusable-input', detail: 'That is no text.' },
    ];
    const refused = [{ providerPubkey: dear.pubkey, code: 'above-max', amountMsat: '1000000000' }];
    expect(await purchase.result()).toMatchObject({
      failure: { code: 'no-offer', data: { providerErrors, refused } },
    });
  });

  test('as well when the only one gives up what it began for nothing', async () => {
    const seller = await stage.openProvider('alice');
    const customer = stage.openCustomer({ knownSellers: () => [seller.pubkey] });
    const purchase = await buy(customer, patient);
    const request = await seller.nextRequest();
    await seller.say(request, { status: 'processing' });
    await untilState(customer, request.id, 'offered');
    await seller.say(request, { status: 'error', error: { code: 'handler-failed', detail: 'It broke.' } });
    expect(await purchase.result()).toMatchObject({
      failure: {
        code: 'offers-failed',
        data: { reason: 'withdrawn', providerErrors: [{ detail: 'It broke.' }] },
      },
    });
  });

  test('but somebody else may come forward meanwhile', async () => {
    const [declining, stranger] = [await stage.openProvider('alice'), await stage.openProvider('bob')];
    const customer = stage.openCustomer({ knownSellers: () => [declining.pubkey] });
    const purchase = await buy(customer, { ...patient, policy: { offerWaitMs: 600_000 } });
    const request = await declining.nextRequest();
    await declining.say(request, {
      status: 'error',
      error: { code: 'unusable-input', detail: 'That is no text.' },
    });
    for await (const { type } of purchase.events()) if (type === 'provider-error') break;
    await stranger.deliver(request, 'for nothing');
    expect(await purchase.result()).toMatchObject({ ok: true, value: { content: 'for nothing' } });
  });
});
