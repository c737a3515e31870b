/**
 * Takes the pictures of `docs/`: every screen of the web app, light and dark, wide and on a phone, while one person buys
 * from another on a market of play money. `npm run pictures`; needs Chromium.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { signInWithPlayMoney } from '../test/web/people.ts';
import { openWebStage } from '../test/web/stage.ts';

const DIR = 'docs/pictures';
const SIZES = { wide: { width: 1280, height: 860 }, phone: { width: 390, height: 844 } } as const;
/** Long enough for what fades in, and for amounts to settle. */
const SETTLE_MS = 700;

mkdirSync(DIR, { recursive: true });
const stage = await openWebStage();
const [worker, customer] = [await stage.visit('#/you'), await stage.visit('#/')];

/** The wide light one has the plain name; it stands in the guide. */
async function take(page: Page, name: string): Promise<void> {
  for (const [size, viewport] of Object.entries(SIZES))
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme });
      await page.evaluate('scrollTo(0, 0)');
      await page.waitForTimeout(SETTLE_MS);
      const parts = [name, ...(size === 'wide' ? [] : [size]), ...(colorScheme === 'light' ? [] : ['dark'])];
      await page.screenshot({ path: join(DIR, `${parts.join('-')}.png`) });
    }
  await page.setViewportSize(SIZES.wide);
  await page.emulateMedia({ colorScheme: 'light' });
  console.log(name);
}
const open = (page: Page, path: string) => page.goto(`${stage.url}/${path}`);

await worker.page.getByText('Encrypted key', { exact: true }).waitFor();
await take(worker.page, 'sign-in');
await customer.page
  .getByText('who show life', { exact: false })
  .first()
  .waitFor()
  .catch(() => undefined);
await signInWithPlayMoney(worker.page, stage.url);
await signInWithPlayMoney(customer.page, stage.url);
await customer.page.getByRole('button', { name: 'Trust the market’s mint' }).click();
await customer.page.getByRole('button', { name: 'Top up', exact: true }).click();
await customer.page.getByRole('dialog').getByLabel('Amount (sat)').fill('2000');
await customer.page.getByRole('dialog').getByRole('button', { name: 'Buy', exact: true }).click();
await customer.page
  .getByRole('region', { name: 'Ecash' })
  .getByText(/^2.?000 sat$/)
  .waitFor();
await take(customer.page, 'wallet');
await open(customer.page, '#/you');
await take(customer.page, 'you');

await open(worker.page, '#/workbench/skills');
await worker.page.getByLabel('Your name on the sign').fill('Translations by hand');
await worker.page.getByLabel('What it is called').fill('English to Spanish, by a person');
await worker.page
  .getByLabel('What customers get, in two sentences')
  .fill('A careful translation by a native speaker.');
await worker.page.getByLabel('Kind of job').selectOption('5002');
await take(worker.page, 'skills');
await worker.page.getByRole('button', { name: 'Announce' }).click();
await worker.page.getByText('Announced. What customers ask for').waitFor();
await open(worker.page, '#/workbench/server');
await worker.page.getByLabel('What it is called').fill('Summaries by night');
await worker.page
  .getByLabel('What customers get, in two sentences')
  .fill('Condenses long texts, German and English, in seconds.');
await take(worker.page, 'server');
await open(worker.page, '#/workbench');
await worker.page.getByRole('button', { name: 'for an hour' }).click();
await worker.page.getByText(/until \d/).waitFor();

await open(customer.page, '#/');
await customer.page.getByText('Translation', { exact: false }).first().waitFor();
await take(customer.page, 'market');
await open(customer.page, '#/services');
await customer.page.getByText('English to Spanish').first().waitFor();
await take(customer.page, 'services');
await customer.page.getByText('English to Spanish').first().click();
await customer.page.waitForURL(/#\/service\//);
await take(customer.page, 'service');
await open(customer.page, '#/kind/5002');
await take(customer.page, 'kind');

await open(customer.page, '#/new/5002');
await customer.page.getByText('English to Spanish').first().waitFor();
await customer.page.getByRole('textbox').first().fill('The red fox sleeps under the old bridge.');
await customer.page.getByRole('textbox', { name: 'Language' }).fill('es');
await customer.page.getByLabel('Wait for it at most').selectOption('10080');
await customer.page.locator('#most-sats').fill('500');
await take(customer.page, 'new-job');
await customer.page.getByRole('button', { name: 'Post the request' }).click();
await customer.page.waitForURL(/#\/run\//);

await worker.page.getByText('The red fox').first().waitFor();
await take(worker.page, 'workbench');
await worker.page.getByText('The red fox').first().click();
await worker.page.getByLabel('Price in sats').fill('120');
await worker.page.getByLabel('Words with it (public)').fill('With a glossary of your words.');
await worker.page.getByLabel('Revisions for nothing').selectOption('1');
await worker.page.getByRole('button', { name: 'Add a step that may follow' }).click();
await worker.page.getByLabel('What the first step brings').fill('The first page');
await worker.page.getByLabel('What step 2 brings').fill('The other pages');
await worker.page.getByLabel('Price of step 2, in sats').fill('80');
await take(worker.page, 'quote');
await worker.page.getByRole('button', { name: 'Send the offer' }).click();
await worker.page.getByText('Your offer is out').waitFor();

await customer.page.getByRole('button', { name: 'Take' }).waitFor();
await take(customer.page, 'offers');
await customer.page.getByRole('button', { name: 'Take' }).click();
await customer.page.locator('dialog').waitFor();
await take(customer.page, 'approve');
await customer.page.locator('dialog').getByRole('button').last().click();

await worker.page.getByLabel('The result').fill('El zorro rojo duerme bajo el viejo puente.');
await worker.page.getByText('Draft saved').waitFor();
await take(worker.page, 'work');
await worker.page.getByRole('button', { name: 'Deliver' }).click();
await customer.page.getByText('El zorro rojo').first().waitFor();
await customer.page.getByRole('radio', { name: '5 stars' }).check({ force: true });
await take(customer.page, 'run');
await customer.page.getByRole('button', { name: /^Ask for a revision/ }).click();
await customer.page.getByLabel('What should be different').fill('It sleeps; it is not asleep.');
await take(customer.page, 'revision');
await customer.page.keyboard.press('Escape');
await open(customer.page, '#/runs');
await customer.page.getByText('The red fox').first().waitFor();
await take(customer.page, 'runs');
await worker.page.getByText('Delivered, and the money is yours.').waitFor();
await open(worker.page, '#/workbench/earnings');
await worker.page.getByText('120 sat').first().waitFor();
await take(worker.page, 'earnings');
await stage.close();
