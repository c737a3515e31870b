import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { policyTrusting, type PurchaseUpdate, type Wish } from '../../src/customer/index.ts';
import { satsToMsat } from '../../src/protocol/index.ts';
import { Evidence, type ProviderRecord } from '../../src/reputation/index.ts';
import { buy, openBuyingStage, type BuyingStage } from './stage.ts';

let stage: BuyingStage;
beforeAll(async () => {
  stage = await openBuyingStage();
});
afterEach(() => stage.sweep());
afterAll(() => stage.close());

/** A record of somebody who took our money for nothing. */
function recordOfThief(providerPubkey: string): ProviderRecord {
  const evidence = new Evidence();
  evidence.setOwn([
    {
      requestId: '22'.repeat(32),
      providerPubkey,
      kind: 5050,
      outcome: 'paid-and-undelivered',
      paidMsat: satsToMsat(21),
      seconds: null,
      at: stage.clock.aheadSeconds,
    },
  ]);
  return evidence.record(providerPubkey, stage.clock.aheadSeconds + 1);
}

describe('an offer of somebody who took our money before', () => {
  const records = (pubkeys: readonly string[]) =>
    new Map(pubkeys.slice(0, 1).map((pubkey) => [pubkey, recordOfThief(pubkey)]));
  const patient: Partial<Wish> = { deadlineSeconds: 3600 };

  test('ends the purchase long before its deadline where nobody else is left, and is taken where it is named', async () => {
    const thief = await stage.openProvider('alice');
    const customer = stage.openCustomer({ records, knownSellers: () => [thief.pubkey] });
    const purchase = await buy(customer, patient);
    const quote = await thief.quote(await thief.nextRequest(), 21);
    const left = [{ providerPubkey: thief.pubkey, code: 'distrusted' }];
    expect(await purchase.result()).toMatchObject({ failure: { code: 'no-offer', data: { left } } });
    const told: PurchaseUpdate[] = [];
    for await (const update of purchase.events()) if (update.type === 'offers-left') told.push(update);
    expect(told).toEqual([expect.objectContaining({ left: [{ ...left[0], offerId: quote.event.id }] })]);

    const named = await buy(customer, { ...patient, policy: policyTrusting('balanced', [thief.pubkey]) });
    const request = await thief.nextRequest();
    await thief.deliverPaid(request, await thief.quote(request, 21));
    expect((await named.result()).ok).toBe(true);
  });

  test('is left aside while another seller that is known may answer, or nobody has looked who sells', async () => {
    const [thief, honest] = [await stage.openProvider('alice'), await stage.openProvider('bob')];
    let known: readonly string[] | null = null;
    const customer = stage.openCustomer({
      records: (pubkeys) => records(pubkeys.filter((pubkey) => pubkey === thief.pubkey)),
      knownSellers: () => known,
    });
    const purchase = await buy(customer, patient);
    const request = await thief.nextRequest();
    await thief.quote(request, 1);
    await vi.waitFor(() => expect(purchase.comparison()).toMatchObject({ left: [{ code: 'distrusted' }] }), {
      timeout: 20_000,
    });
    known = [thief.pubkey, honest.pubkey];
    await honest.deliverPaid(request, await honest.quote(request, 21));
    expect(await purchase.result()).toMatchObject({ ok: true, value: { providerPubkey: honest.pubkey } });
  });
});
