import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { buyChain, type Wish } from '../../src/customer/index.ts';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import { MAX_CHAIN_DEPTH, orThrow, type NostrEvent } from '../../src/protocol/index.ts';
import { requestOf, textInput } from '../provider/faulty-parts.ts';
import { openBuyingStage, WISH, type BuyingStage } from './stage.ts';

let stage: BuyingStage;
beforeAll(async () => {
  stage = await openBuyingStage();
}, 60_000);
afterEach(() => stage.sweep());
afterAll(() => stage.close());

/** Requests by somebody else, of a kind that nobody serves here, each of which builds on the one before. */
async function row(length: number, first = 'ab'.repeat(32)): Promise<NostrEvent> {
  const signer = secretKeySigner(generateSecretKey());
  let prior = first;
  for (;;) {
    const request = await requestOf(signer, { kind: 5999, inputs: [{ ...textInput(prior), type: 'job' }] });
    await stage.openPool().publish(request, [stage.relayUrl]);
    length -= 1;
    if (length === 0) return request;
    prior = request.id;
  }
}

const onTopOf = (data: string): Wish => ({ ...WISH, inputs: [{ data, type: 'job' }] });

test('a chain that providers would refuse is not begun', async () => {
  const customer = stage.openCustomer();
  const long = Array.from({ length: MAX_CHAIN_DEPTH + 2 }, () => WISH);
  expect(await buyChain(customer, long)).toMatchObject({ failure: { code: 'chain-too-deep' } });
  const above = await row(MAX_CHAIN_DEPTH - 1);
  expect(await buyChain(customer, [onTopOf(above.id), WISH])).toMatchObject({
    failure: { code: 'chain-too-deep' },
  });
  expect(await customer.list({ limit: 1 })).toEqual([]);
});

test('a job that no relay knows is not built on; further up it does not matter', async () => {
  const customer = stage.openCustomer();
  const unknown = 'cd'.repeat(32);
  expect(await buyChain(customer, [onTopOf(unknown)])).toMatchObject({
    failure: { code: 'chain-missing', data: { missing: [unknown] } },
  });
  expect(await customer.list({ limit: 1 })).toEqual([]);

  const seller = await stage.openProvider('alice');
  const prior = await row(2, unknown);
  const bought = buyChain(customer, [onTopOf(prior.id)]);
  await seller.deliver(await seller.nextRequest(), 'built');
  expect(orThrow(await bought).map(({ content }) => content)).toEqual(['built']);
});

test('a wish may build on the result of a job that somebody else asked for', async () => {
  const seller = await stage.openProvider('alice');
  const prior = await row(1);
  const result = await seller.deliver(prior, 'so far');
  const bought = buyChain(stage.openCustomer(), [onTopOf(result.id)]);
  await seller.deliver(await seller.nextRequest(), 'built');
  expect(orThrow(await bought)).toHaveLength(1);
});

test('a chain of nothing is bought at once', async () => {
  expect(await buyChain(stage.openCustomer(), [])).toEqual({ ok: true, value: [] });
});
