import { afterAll, beforeAll, expect, test } from 'vitest';
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
  type Person,
  type TwoPeople,
} from './two-people.ts';

let people: TwoPeople;
let customer: Person;
let worker: Person;
let purse: MoodyWallet;
let till: MoodyWallet;

beforeAll(async () => {
  people = await meetTwoPeople();
  ({ customer, worker } = people);
  purse = await openMoodyWallet({ uri: customer.walletUri, relayUrl: people.stage.market.relayUrl });
  await useWallet(customer, purse.uri);
  till = await openMoodyWallet({ uri: worker.walletUri, relayUrl: people.stage.market.relayUrl });
  await useWallet(worker, till.uri);
}, STAGE_MS);
afterAll(async () => {
  await purse.close();
  await till.close();
  await people.close();
}, 60_000);

test(
  'a wallet that makes no invoice is told at the workbench, and the same offer goes out once it does',
  async () => {
    const requestId = await ask(customer, 'The gate is shut.');
    await findJob(worker, 'The gate is shut');
    till.refuse('wallet-internal');
    await worker.page.getByLabel('Price in sats').fill('70');
    await worker.page.getByRole('button', { name: 'Send the offer' }).click();
    await worker.page.getByText('The wallet made no invoice for the offer: try again.').waitFor();
    expect(await people.stored({ kinds: [7000], '#e': [requestId] })).toEqual([]);

    till.refuse(null);
    await quote(worker, 70);
    await customer.page.getByRole('table', { name: 'Offers' }).getByText('70 sat').waitFor();
    expect(await people.stored({ kinds: [7000], '#e': [requestId] })).toHaveLength(1);
  },
  TEST_MS,
);

test(
  'a payment that the wallet does not make is told each time, and made once when it can be',
  async () => {
    const { page } = customer;
    const requestId = await ask(customer, 'The kettle sings.');
    const run = `#/run/${requestId}`;
    await findJob(worker, 'The kettle sings');
    await quote(worker, 90);
    const take = async () => {
      await customer.open(run);
      await considerOffer(customer);
      await agree(customer);
    };
    const told = page
      .getByRole('alert')
      .filter({ hasText: 'Your wallet did not pay, and nothing was spent.' });

    for (const [code, advice] of [
      ['payment-failed', 'It found no way to send the money now'],
      ['insufficient-balance', 'It holds too little'],
      ['quota-exceeded', 'This connection may spend no more'],
      ['wallet-unauthorized', 'It does not know this connection any more'],
    ] as const) {
      purse.refuse(code);
      await take();
      await told.filter({ hasText: advice }).getByText(code).waitFor();
      await page.getByText('Nothing is paid or promised yet.').waitFor();
    }
    expect(purse.asked).toBe(4);
    purse.refuse(null);

    purse.hide(true);
    await take();
    await page.getByText('it is never paid a second time').waitFor();
    await customer.open('#/wallet');
    await page.getByText('The wallet does not answer').waitFor();
    purse.hide(false);
    await customer.open(run);
    await page.getByText('Paid. The result is what is waited for.').waitFor();
    await worker.page.getByLabel('The result').waitFor();
    expect(await customer.payments('outgoing')).toMatchObject([
      { state: 'settled', amountMsat: satsToMsat(90) },
    ]);
    expect(await worker.payments('incoming')).toMatchObject(
      expect.arrayContaining([expect.objectContaining({ state: 'settled', amountMsat: satsToMsat(90) })]),
    );
    expect(people.faults()).toEqual([]);
  },
  TEST_MS,
);
