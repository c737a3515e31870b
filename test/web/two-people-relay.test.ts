import type { Page } from '@playwright/test';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { satsToMsat } from '../../src/protocol/index.ts';
import { STAGE_MS } from './stage.ts';
import {
  agree,
  ask,
  considerOffer,
  findJob,
  meetTwoPeople,
  quote,
  TEST_MS,
  write,
  type Person,
  type TwoPeople,
} from './two-people.ts';

let people: TwoPeople;
let customer: Person;
let worker: Person;

beforeAll(async () => {
  people = await meetTwoPeople();
  ({ customer, worker } = people);
}, STAGE_MS);
afterAll(() => people.close(), 60_000);

const RESULT = 'El molino gira de noche.';

test(
  'the only relay dies before the offer and again before the delivery: both pages say so and go on by themselves',
  async () => {
    const pages = [customer.page, worker.page];
    const requestId = await ask(customer, 'The mill turns at night.');
    await findJob(worker, 'The mill turns at night');
    const loads = await Promise.all(pages.map(loadedAt));

    await people.stage.restartMarket(() => all(pages, (page) => offline(page).waitFor()));
    await all(pages, (page) => offline(page).waitFor({ state: 'detached' }));
    await quote(worker, 100);
    await considerOffer(customer);
    await agree(customer);
    await customer.page.getByText('Paid. The result is what is waited for.').waitFor();
    await write(worker, RESULT);

    await people.stage.restartMarket(async () => {
      await all(pages, (page) => offline(page).waitFor());
      await worker.page.getByRole('button', { name: 'Deliver' }).click();
      await worker.page.getByText('being delivered').waitFor();
    });
    await customer.page.getByRole('region', { name: 'Result', exact: true }).getByText(RESULT).waitFor();
    await worker.page.getByText('Delivered, and the money is yours.').waitFor();
    await all(pages, (page) => offline(page).waitFor({ state: 'detached' }));

    expect(await Promise.all(pages.map(loadedAt))).toEqual(loads);
    const price = { state: 'settled', amountMsat: satsToMsat(100) };
    expect(await customer.payments('outgoing')).toMatchObject([price]);
    expect(await worker.payments('incoming')).toMatchObject([price]);
    const results = await people.stored({ kinds: [6002], '#e': [requestId] });
    expect(results.map(({ content }) => content)).toEqual([RESULT]);
    expect(people.faults()).toEqual([]);
  },
  TEST_MS,
);

const offline = (page: Page) => page.getByText('No relay is connected');

/** Another one after a reload. */
const loadedAt = (page: Page) => page.evaluate(() => performance.timeOrigin);

async function all(pages: readonly Page[], look: (page: Page) => Promise<void>): Promise<void> {
  await Promise.all(pages.map(look));
}
