import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { satsToMsat } from '../../src/protocol/index.ts';
import { openMoodyWallet, type MoodyWallet } from './moody-wallet.ts';
import { STAGE_MS } from './stage.ts';
import {
  agree,
  ask,
  considerOffer,
  findJob,
  meetTwoPeople,
  quote,
  TEST_MS,
  useWallet,
  write,
  type Leave,
  type Person,
  type TwoPeople,
} from './two-people.ts';

let people: TwoPeople;
let customer: Person;
let worker: Person;
let purse: MoodyWallet;
let run = '';
let job = '';

beforeAll(async () => {
  people = await meetTwoPeople();
  ({ customer, worker } = people);
  purse = await openMoodyWallet({ uri: customer.walletUri, relayUrl: people.stage.market.relayUrl });
  await useWallet(customer, purse.uri);
}, STAGE_MS);
afterAll(async () => {
  await purse.close();
  await people.close();
}, 60_000);

const WORDS = 'The ferry waits for nobody.';
const RESULT = 'El transbordador no espera a nadie.';

/** Something that happens before a tab goes, and how one knows in a new tab that nothing was lost. */
interface Step {
  readonly when: string;
  readonly who: () => Person;
  readonly how: Leave;
  readonly act: () => Promise<unknown>;
  /** While nobody is there. */
  readonly meanwhile?: () => Promise<unknown>;
  readonly resumed: () => Promise<unknown>;
}

const ofCustomer = { who: () => customer, how: 'closed' } as const;
const ofWorker = { who: () => worker, how: 'closed' } as const;
const offers = () => customer.page.getByRole('table', { name: 'Offers' }).getByText('110 sat').waitFor();
const paid = () => customer.page.getByText('Paid. The result is what is waited for.').waitFor();
const result = () =>
  customer.page.getByRole('region', { name: 'Result', exact: true }).getByText(RESULT).waitFor();
const earned = () => worker.page.getByText('Delivered, and the money is yours.').waitFor();

/** One job from its beginning to its end, in which no tab lives longer than a step. */
const STEPS: readonly Step[] = [
  {
    ...ofCustomer,
    when: 'the request is posted',
    act: async () => {
      const requestId = await ask(customer, WORDS);
      run = `#/run/${requestId}`;
      job = `#/workbench/${requestId}`;
    },
    resumed: () => customer.page.getByText('Waiting for offers').waitFor(),
  },
  {
    ...ofWorker,
    when: 'the request is seen',
    act: () => findJob(worker, WORDS),
    resumed: () => worker.page.getByLabel('Price in sats').waitFor(),
  },
  {
    ...ofWorker,
    when: 'the offer is out',
    how: 'crashed',
    act: () => quote(worker, 110),
    resumed: () => worker.page.getByText('Your offer is out').waitFor(),
  },
  { ...ofCustomer, when: 'the offer is seen', act: offers, resumed: offers },
  {
    ...ofCustomer,
    when: 'the approval is open',
    act: () => considerOffer(customer),
    resumed: async () => {
      await offers();
      expect(await customer.page.getByRole('dialog').count()).toBe(0);
      expect(purse.asked).toBe(0);
    },
  },
  {
    ...ofCustomer,
    when: 'the payment is under way, and its payee is gone too',
    how: 'crashed',
    act: async () => {
      await worker.leave('closed');
      const pay = purse.dawdle();
      await considerOffer(customer);
      await agree(customer);
      await expect.poll(() => purse.asked, { timeout: 30_000 }).toBe(1);
      letPay = pay;
    },
    meanwhile: async () => letPay(),
    resumed: paid,
  },
  {
    ...ofWorker,
    when: 'it was paid while nobody was there',
    act: async () => {
      await worker.comeBack(job);
      await worker.page.getByLabel('The result').waitFor();
    },
    resumed: () => worker.page.getByLabel('The result').waitFor(),
  },
  { ...ofCustomer, when: 'it is paid, and waits', act: paid, resumed: paid },
  {
    ...ofWorker,
    when: 'the result is half written',
    how: 'crashed',
    act: () => write(worker, 'El transbordador'),
    resumed: () =>
      expect
        .poll(() => worker.page.getByLabel('The result').inputValue(), { timeout: 30_000 })
        .toBe('El transbordador'),
  },
  {
    ...ofCustomer,
    when: 'a part has come',
    act: async () => {
      await worker.page.getByRole('button', { name: 'Show a part now' }).click();
      await customer.page.getByText('El transbordador').waitFor();
    },
    resumed: () => customer.page.getByText('El transbordador').waitFor(),
  },
  {
    ...ofWorker,
    when: 'the result is being delivered',
    how: 'crashed',
    act: async () => {
      await write(worker, RESULT);
      await worker.page.getByRole('button', { name: 'Deliver' }).click();
    },
    resumed: earned,
  },
  { ...ofCustomer, when: 'the result is here', act: result, resumed: result },
];

let letPay = (): void => undefined;

describe('a tab goes when', () => {
  test.each(STEPS.map((step) => [step.when, step] as const))(
    '%s, and a new one goes on',
    async (_, { who, how, act, meanwhile, resumed }) => {
      await act();
      await who().leave(how);
      await meanwhile?.();
      await who().comeBack(who() === customer ? run : job);
      await resumed();
    },
    TEST_MS,
  );

  test('the job ends all the same with one payment and one result', async () => {
    await customer.page.locator('label').filter({ hasText: '4 stars' }).click();
    await customer.page.getByRole('button', { name: 'Publish the review' }).click();
    await customer.page.getByText('You reviewed this.').waitFor();
    await customer.open('#/runs');
    await customer.page.getByRole('link').filter({ hasText: WORDS }).getByText('reviewed').waitFor();

    const price = { state: 'settled', amountMsat: satsToMsat(110) };
    expect(await customer.payments('outgoing')).toMatchObject([price]);
    expect(await worker.payments('incoming')).toMatchObject([price]);
    const requestId = run.slice(-64);
    const requests = await people.stored({ kinds: [5002], authors: [customer.pubkey] });
    expect(requests.map(({ id }) => id)).toEqual([requestId]);
    const results = await people.stored({ kinds: [6002], '#e': [requestId] });
    expect(results.map(({ content }) => content)).toEqual([RESULT]);
    const reviews = await people.stored({ kinds: [7], authors: [customer.pubkey] });
    expect(reviews.map(({ tags }) => tags.find(([name]) => name === 'e')?.[1])).toEqual([results[0]?.id]);
    const asked = await people.stored({ kinds: [7000], '#e': [requestId] });
    const invoices = asked.filter(({ tags }) => tags.some(([, status]) => status === 'payment-required'));
    expect(invoices).toHaveLength(1);
    expect(people.faults()).toEqual([]);
  });
});
