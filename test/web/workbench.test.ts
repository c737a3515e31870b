import type { Page } from '@playwright/test';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { signInWithPlayMoney } from './people.ts';
import { openWebStage, PATIENCE_MS, STAGE_MS, type Visit, type WebStage } from './stage.ts';

let stage: WebStage;
let worker: Visit;
let customer: Visit;

beforeAll(async () => {
  stage = await openWebStage();
  worker = await stage.visit();
  customer = await stage.visit();
  await signInWithPlayMoney(worker.page, stage.url);
  await signInWithPlayMoney(customer.page, stage.url);
}, STAGE_MS);
afterAll(() => stage.close(), 60_000);

const TEST_MS = 6 * PATIENCE_MS;

/** Opens a page of the app by its address. */
const open = (page: Page, path: string) => page.goto(`${stage.url}/${path}`);

test(
  'a person announces a skill and shows that it is there',
  async () => {
    const { page } = worker;
    await open(page, '#/workbench');
    await page.getByText('Announce what you do').click();
    await page.getByLabel('Your name on the sign').fill('By hand');
    await page.getByLabel('What it is called').fill('English to Spanish, by a person');
    await page.getByLabel('What customers get, in two sentences').fill('A careful translation.');
    await page.getByLabel('Kind of job').selectOption('5002');
    await page.getByRole('button', { name: 'Announce' }).click();
    await page.getByText('Announced. What customers ask for').waitFor();
    await open(page, '#/workbench');
    await page.getByRole('button', { name: 'for an hour' }).click();
    await page.getByText(/until \d/).waitFor();

    await open(customer.page, '#/new/5002');
    await customer.page.getByText('English to Spanish, by a person').waitFor({ timeout: 3 * PATIENCE_MS });
    expect(worker.faults).toEqual([]);
  },
  TEST_MS,
);

test(
  'what is announced stands in the form after a reload, and another service is added to it',
  async () => {
    const { page } = worker;
    await open(page, '#/workbench/skills');
    await page.reload();
    await expect
      .poll(() => page.getByLabel('What it is called').inputValue(), { timeout: PATIENCE_MS })
      .toBe('English to Spanish, by a person');
    await page.getByRole('button', { name: 'Add another' }).click();
    await page.getByLabel('What it is called').last().fill('Proof reading, by a person');
    await page.getByRole('button', { name: 'Announce' }).click();
    await page.getByText('Announced. What customers ask for').waitFor();

    await open(customer.page, '#/services');
    await customer.page.getByLabel('Words in the name or description').fill('by a person');
    const signs = customer.page.getByText('from 100 sat');
    await expect.poll(() => signs.count(), { timeout: 3 * PATIENCE_MS }).toBe(2);
    await customer.page.getByText('By hand', { exact: true }).first().waitFor();

    const nobody = await stage.visit('#/workbench/skills');
    for (const path of ['skills', 'earnings', 'a'.repeat(64)]) {
      await open(nobody.page, `#/workbench/${path}`);
      await nobody.page.getByText('Sign in to work here').waitFor();
    }
    await nobody.close();
  },
  TEST_MS,
);

test(
  'its offer is bought by another person over Lightning; both tabs may be closed on the way',
  async () => {
    await ask(customer.page, 'The red fox sleeps under the old bridge.');

    await open(worker.page, '#/workbench');
    await worker.page.getByText('The red fox').first().click();
    await worker.page.getByLabel('Price in sats').fill('120');
    await worker.page.getByRole('button', { name: 'Send the offer' }).click();
    await worker.page.getByText('Your offer is out').waitFor();
    const job = worker.page.url();

    await customer.page.getByRole('button', { name: 'Take' }).click();
    await customer.page.locator('dialog').getByRole('button').last().click();
    await worker.page.getByLabel('The result').fill('El zorro rojo');
    await worker.page.getByText('Draft saved').waitFor();

    const run = customer.page.url();
    await Promise.all([worker.page.close(), customer.page.close()]);
    const [bench, shop] = await Promise.all([worker.openTab(), customer.openTab()]);
    await Promise.all([bench.goto(job), shop.goto(run)]);
    await expect
      .poll(() => bench.getByLabel('The result').inputValue(), { timeout: PATIENCE_MS })
      .toBe('El zorro rojo');
    const beside = await worker.openTab();
    await beside.goto(job);
    await beside.evaluate(neverSaveByItself);
    await beside.getByText('To be delivered by').waitFor();
    await bench.getByLabel('The result').fill('## Zorro\n\nEl zorro rojo duerme bajo el viejo puente.');
    await bench.getByLabel('It is').selectOption('text/markdown');
    await expect
      .poll(() => beside.getByLabel('It is').inputValue(), { timeout: PATIENCE_MS })
      .toBe('text/markdown');
    expect(await beside.getByLabel('The result').inputValue()).toContain('bajo el viejo puente');
    await beside.getByLabel('The result').fill('Something else');
    await bench.getByLabel('The result').fill('## Zorro\n\nEl zorro rojo duerme bajo el puente.');
    await beside.getByText('What you wrote here is not saved over it.').waitFor();
    expect(await beside.getByRole('button', { name: 'Deliver' }).isDisabled()).toBe(true);
    await beside.getByRole('button', { name: 'Take that' }).click();
    expect(await beside.getByLabel('The result').inputValue()).toContain('bajo el puente');
    await beside.close();
    await bench.getByRole('button', { name: 'Deliver' }).click();

    await shop.getByRole('heading', { name: 'Zorro' }).waitFor({ timeout: 3 * PATIENCE_MS });
    await bench.getByText('Delivered, and the money is yours.').waitFor();
    await bench.getByText('What you delivered').waitFor();
    await bench.getByRole('heading', { name: 'Zorro' }).waitFor();
    await open(bench, '#/workbench/earnings');
    await bench.getByText('120 sat').first().waitFor();
    expect([...worker.faults, ...customer.faults]).toEqual([]);
  },
  TEST_MS,
);

/** A tab whose timers are late: what is written in it waits for long to be kept. */
function neverSaveByItself(): void {
  const { setTimeout: later } = globalThis;
  const A_PAUSE_IN_WRITING_MS = 600;
  Object.assign(globalThis, {
    setTimeout: (run: () => void, ms = 0) => later(run, ms === A_PAUSE_IN_WRITING_MS ? 2 ** 30 : ms),
  });
}

/** Asks anybody for a translation, for a week. */
async function ask(page: Page, words: string): Promise<void> {
  await open(page, '#/new/5002');
  await page.getByRole('textbox').first().fill(words);
  await page.getByRole('textbox', { name: 'Language' }).fill('es');
  await page.getByLabel('Wait for it at most').selectOption('10080');
  await page.locator('#most-sats').fill('500');
  await page.getByRole('button', { name: 'Post the request' }).click();
  await page.waitForURL(/#\/run\//);
}
