import { afterAll, beforeAll, expect, test } from 'vitest';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import type { Ledger, SalesLedger } from '../../src/ledger/index.ts';
import { orThrow, ZERO_MSAT, type NostrEvent } from '../../src/protocol/index.ts';
import { service, type ProviderOptions } from '../../src/provider/index.ts';
import { openBuyingStage, type BuyingStage } from '../customer/stage.ts';
import { openScriptedCustomer } from '../provider/scripted-customer.ts';
import { openSeller, type Seller } from '../provider/stage.ts';

let stage: BuyingStage;
beforeAll(async () => {
  stage = await openBuyingStage();
}, 60_000);
afterAll(() => stage.close());

/** Relays of which one machine hears everything but the requests with that word. */
function deafTo(word: string): ProviderOptions['relays'] {
  const pool = stage.openPool();
  const subscribe: typeof pool.subscribe = (wanted) =>
    pool.subscribe({
      ...wanted,
      onEvent: (event, ...told) => {
        if (!event.tags.some(([, value]) => value === word)) wanted.onEvent(event, ...told);
      },
    });
  return new Proxy(pool, {
    get(target, name) {
      if (name === 'subscribe') return subscribe;
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}

/** Books of several machines, which wait with the next two bookings until both are about to be made. */
function sharedBooks() {
  const books = stage.openLedger();
  const both = Promise.withResolvers<void>();
  let waiting: number | null = null;
  const open: SalesLedger['open'] = async (sale) => {
    if (waiting !== null && ++waiting >= 2) both.resolve();
    if (waiting !== null) await both.promise;
    return books.sales.open(sale);
  };
  const ledger: Ledger = { ...books, isShared: true, sales: { ...books.sales, open } };
  return { ledger, holdBookings: () => (waiting = 0) };
}

test('a revision that two machines of one provider are asked for at once is made once', async () => {
  const kind = 5872;
  const revised: string[] = [];
  const byHand = service({
    kind,
    handler: async ({ text }) => {
      revised.push(...(text.match(/again \d/g) ?? []));
      return text;
    },
    quotedByHand: true,
    exchanges: ['prepay'],
  });
  const signer = secretKeySigner(generateSecretKey());
  const { ledger, holdBookings } = sharedBooks();
  const machines: Seller[] = [];
  for (const word of ['again 1', 'again 2'])
    machines.push(await openSeller(stage, [byHand], { signer, ledger, relays: deafTo(word) }));
  const untilAnywhere = (request: NostrEvent, states: readonly string[]) =>
    Promise.race(
      machines.map((machine) =>
        machine.until((sale) => sale.requestId === request.id && states.includes(sale.work)),
      ),
    );

  const customer = await openScriptedCustomer(stage);
  const first = await customer.request(kind, { targets: [signer.pubkey], exchanges: ['free', 'prepay'] });
  await untilAnywhere(first, ['received']);
  const plan = { title: null, milestones: [], revisions: 1 };
  const terms = { amountMsat: ZERO_MSAT, usualSeconds: 5, worstSeconds: 40, note: null, plan };
  orThrow((await machines[0]?.provider.byHand.offer(first.id, terms)) ?? expect.fail('no machine'));
  const offer = await customer.feedback(first, 'processing');
  await customer.result(first);
  await untilAnywhere(first, ['closed']);

  const claim = (count: number) =>
    customer.request(kind, {
      inputs: [{ data: `again ${count}`, type: 'text', relay: null, marker: null }],
      targets: [signer.pubkey],
      exchanges: ['free'],
      followUp: { requestId: first.id, offerId: offer.id, step: 'revision', number: 1 },
    });
  holdBookings();
  const twins = await Promise.all([claim(1), claim(2)]);
  await Promise.all(twins.map((twin) => untilAnywhere(twin, ['refused', 'closed'])));
  // Where each stood in the way of the other, both were refused, and it is there to be asked for.
  const last = await claim(3);
  await Promise.race([customer.result(last), customer.feedback(last, 'error')]);
  expect(revised).toHaveLength(1);
  customer.close();
  for (const machine of machines) await machine.close();
});
