import type { Page } from '@playwright/test';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { signInWithPlayMoney } from './people.ts';
import { openWebStage, PATIENCE_MS, STAGE_MS, type Visit, type WebStage } from './stage.ts';

let stage: WebStage;
let worker: Visit;
let customer: Visit;

beforeAll(async () => {
  stage = await openWebStage();
  [worker, customer] = await Promise.all([stage.visit(), stage.visit()]);
  await Promise.all(
    [worker, customer].map(async ({ page }) => {
      page.setDefaultTimeout(2 * PATIENCE_MS);
      await signInWithPlayMoney(page, stage.url);
    }),
  );
}, STAGE_MS);
afterAll(() => stage.close(), 60_000);

const TEST_MS = 8 * PATIENCE_MS;

/** Opens a page of the app by its address. */
const open = (page: Page, path: string) => page.goto(`${stage.url}/${path}`);

test(
  'a person who agrees is named on the sign, and everybody sees that it is proven',
  async () => {
    const { page } = worker;
    await open(page, '#/workbench/skills');
    await page.getByLabel('Your name on the sign').fill('By hand');
    await page.getByLabel('What it is called').fill('English to Spanish, by a person');
    await page.getByLabel('Say that it is you').check();
    await page.getByRole('button', { name: 'Announce' }).click();
    await page.getByText('Announced. What customers ask for').waitFor();

    await open(customer.page, '#/services');
    await customer.page.getByText('English to Spanish, by a person').first().click();
    await customer.page.getByText('proven both ways').waitFor();
    expect([...worker.faults, ...customer.faults]).toEqual([]);
  },
  TEST_MS,
);

test(
  'an offer with steps and a revision is compared, taken, revised and continued',
  async () => {
    const [bench, shop] = [worker.page, customer.page];
    await open(shop, '#/new/5002');
    await shop.getByRole('textbox').first().fill('The red fox sleeps under the old bridge.');
    await shop.getByRole('textbox', { name: 'Language' }).fill('es');
    await shop.getByLabel('Wait for it at most').selectOption('10080');
    await shop.locator('#most-sats').fill('500');
    await shop.getByRole('button', { name: 'Post the request' }).click();

    await open(bench, '#/workbench');
    await bench.getByText('The red fox').first().click();
    await bench.getByLabel('Price in sats').fill('120');
    await bench.getByLabel('Revisions for nothing').selectOption('1');
    await bench.getByRole('button', { name: 'Add a step that may follow' }).click();
    await bench.getByLabel('What the first step brings').fill('The first page');
    await bench.getByLabel('What step 2 brings').fill('The other pages');
    await bench.getByLabel('Price of step 2, in sats').fill('80');
    await bench.getByRole('button', { name: 'Send the offer' }).click();
    await bench.getByText('Your offer is out').waitFor();
    const job = bench.url();
    await open(bench, '#/wallet');
    await bench.getByRole('button', { name: 'Disconnect' }).click();
    await bench.locator('dialog').getByRole('button').last().click();
    await bench.getByText('Customers can still pay your offers into this wallet').waitFor();
    await bench.goto(job);

    await shop.getByText('1 more step, if you like').waitFor();
    await shop.getByRole('button', { name: 'Take' }).click();
    await shop.locator('dialog').getByText('The other pages').waitFor();
    await shop.locator('dialog').getByRole('button').last().click();
    await deliver(bench, 'El zorro rojo dormido');
    await shop.getByText('El zorro rojo dormido').waitFor();

    await shop.getByRole('button', { name: 'Ask for a revision (1 left)' }).click();
    await shop.getByLabel('What should be different').fill('It sleeps; it is not asleep.');
    await shop.locator('dialog').getByRole('button').last().click();
    await open(bench, '#/workbench');
    await bench.getByText('revision 1', { exact: true }).click();
    await bench.getByText('Revision 1 of 1').waitFor();
    await bench.getByText('It sleeps; it is not asleep.').first().waitFor();
    await deliver(bench, 'El zorro rojo duerme', 'Delivered. You asked nothing for it.');
    await shop.getByText('El zorro rojo duerme').waitFor();

    await shop.getByRole('button', { name: 'Continue with step 2' }).click();
    await shop.locator('dialog').getByRole('button').last().click();
    await open(bench, '#/workbench');
    await bench.getByText('step 2', { exact: true }).click();
    await bench.getByText('Step 2 of 2').waitFor();
    await deliver(bench, 'Bajo el viejo puente');
    await shop.getByText('Bajo el viejo puente').waitFor();

    await open(bench, '#/workbench/earnings');
    await bench.getByText('200 sat').first().waitFor();
    expect([...worker.faults, ...customer.faults]).toEqual([]);
  },
  TEST_MS,
);

/** Writes the result of the job that is open on the bench, and delivers it; the bench says then what it brought. */
async function deliver(
  bench: Page,
  result: string,
  brought = 'Delivered, and the money is yours.',
): Promise<void> {
  await bench.getByLabel('The result').fill(result);
  await bench.getByRole('button', { name: 'Deliver' }).click();
  await bench.getByText(brought).waitFor();
}
