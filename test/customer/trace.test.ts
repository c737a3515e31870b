import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { generateSecretKey, secretKeySigner, type Signer } from '../../src/keys/index.ts';
import {
  buildNutzap,
  buildReview,
  orThrow,
  type EventTemplate,
  type NostrEvent,
} from '../../src/protocol/index.ts';
import { requestOf, textInput } from '../provider/faulty-parts.ts';
import { buy, openBuyingStage, type BuyingStage } from './stage.ts';

let stage: BuyingStage;
beforeAll(async () => {
  stage = await openBuyingStage();
}, 60_000);
afterEach(() => stage.sweep());
afterAll(() => stage.close());

const now = (): number => Math.floor(Date.now() / 1000);

async function publish(signer: Signer, template: EventTemplate): Promise<NostrEvent> {
  const event = await signer.sign(template);
  expect(await stage.openPool().publish(event, [stage.relayUrl])).toMatchObject([{ outcome: 'accepted' }]);
  return event;
}

test('a trace shows who was paid, what was taken, who builds on it, and what does not count', async () => {
  const signer = secretKeySigner(generateSecretKey());
  const stranger = secretKeySigner(generateSecretKey());
  const seller = await stage.openProvider('alice');
  const customer = stage.openCustomer({ signer });
  const purchase = await buy(customer, {});
  const request = await seller.nextRequest();
  const quote = await seller.quote(request, 10);
  await seller.untilHeld(quote);
  const result = await seller.deliver(request, 'a fox');
  await seller.settle(quote);
  orThrow(await purchase.result());
  await vi.waitFor(
    async () => expect((await customer.list({ limit: 1 }))[0]?.preimage).toBe(quote.preimage),
    { timeout: 20_000 },
  );

  const proof = { amount: 2n, id: '009a1f293253e41e', secret: 's', C: `02${'03'.repeat(32)}`, dleq: null };
  const nutzap = buildNutzap({
    recipientPubkey: seller.pubkey,
    mint: 'https://mint.example',
    unit: 'sat',
    proofs: [proof],
    zapped: result,
    createdAt: now(),
  });
  const tip = await publish(stranger, nutzap);
  const praise = await publish(signer, buildReview({ reviewed: result, rating: 1, createdAt: now() }));
  const foreign = await publish(stranger, buildReview({ reviewed: result, rating: 0, createdAt: now() }));
  const inputs = [{ ...textInput(result.id), type: 'job' }];
  const onTop = await publish(stranger, await requestOf(stranger, { kind: 5999, inputs }));

  const picture = await customer.trace(request.id);
  expect(picture).toMatchObject({
    state: 'delivered',
    final: true,
    accepted: [{ resultId: result.id, by: 'review', eventId: praise.id }],
    dependents: [{ requestId: onTop.id, resultId: result.id }],
    setAside: [{ event: { id: foreign.id }, reason: 'not-the-customer' }],
  });
  expect(picture.providers[0]?.payments).toMatchObject([
    { strength: 'known', amountMsat: 10_000n, evidence: [{ paidId: quote.event.id }] },
    { strength: 'claimed', amountMsat: 2_000n, evidence: [{ eventId: tip.id, forgers: ['payer'] }] },
  ]);
});
