import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { signInWithPlayMoney } from './people.ts';
import { openWebStage, PATIENCE_MS, STAGE_MS, type Visit, type WebStage } from './stage.ts';

const PURCHASE_MS = 120_000;
const TASK =
  'The first vending machine stood in a temple in Alexandria. A coin fell on a pan at the end of a lever. ' +
  'The lever opened a valve, and holy water ran out until the coin slid off.';

let stage: WebStage;
let visit: Visit;

beforeAll(async () => {
  stage = await openWebStage();
  visit = await stage.visit();
}, STAGE_MS);

afterAll(() => stage.close());

/** Goes on with the Tab key until that is focused; fails when the whole page was gone through. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let presses = 0; presses < 120; presses += 1) {
    await page.keyboard.press('Tab');
    const label = await page.evaluate(() => {
      const focused = document.activeElement;
      if (!(focused instanceof HTMLElement)) return '';
      const isField = focused instanceof HTMLInputElement || focused instanceof HTMLTextAreaElement;
      const words = isField
        ? [...(focused.labels ?? [])].map(({ textContent }) => textContent).join(' ')
        : focused.innerText;
      return focused.getAttribute('aria-label') ?? words;
    });
    if (name.test(label)) return;
  }
  throw new Error(`no Tab leads to ${String(name)}`);
}

async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map(
    ({ id, impact, nodes }) => `${impact}: ${id} at ${nodes[0]?.target.join(' ')}`,
  );
  expect(found).toEqual([]);
}

test('the market opens without what it does not need, and holds still', async () => {
  const fresh = await stage.visit('', { viewport: { width: 390, height: 844 } });
  const { page } = fresh;
  await page.getByRole('heading', { name: 'On offer now' }).waitFor();
  const loaded = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
  expect(loaded.filter((name) => /kit-provider|markdown|wasm|new-job|directory/.test(name))).toEqual([]);
  const shift = await page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        let sum = 0;
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) if ('value' in entry) sum += Number(entry.value);
        }).observe({ type: 'layout-shift', buffered: true });
        requestAnimationFrame(() => setTimeout(() => resolve(sum), 0));
      }),
  );
  expect(shift).toBeLessThanOrEqual(0.05);
  expect(fresh.faults).toEqual([]);
  await fresh.close();
});

test('a task in words finds its kind, and who sells it is seen before posting', async () => {
  const { page } = visit;
  await page.getByRole('textbox', { name: 'Your task, in a few words' }).fill('tldr of a long article');
  await page.getByRole('link', { name: /Summarization.*1 live.*10 sat/s }).click();
  await page.getByRole('heading', { name: 'Summarization', level: 1 }).waitFor();
  const sellers = page.getByRole('complementary', { name: 'Who does this now' });
  await sellers.getByText('New, 0 paid jobs').waitFor();
  await page.getByText('Sign in to post').waitFor();
  expect(await page.getByRole('button', { name: 'Post the request' }).isDisabled()).toBe(true);
});

test(
  'somebody with a keyboard buys a summary, pays it over Lightning and reviews it',
  async () => {
    const { page, faults } = visit;
    await signInWithPlayMoney(page, stage.url);
    await page.goto(`${stage.url}/#/`);
    await page.getByRole('heading', { name: 'On offer now' }).waitFor();
    await tabTo(page, /^Summarization/);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Summarization', level: 1 }).waitFor();
    await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('H1');
    await tabTo(page, /^What to condense/);
    await page.keyboard.insertText(TASK);
    await tabTo(page, /^Post the request/);
    await page.keyboard.press('Enter');
    await page.getByRole('table', { name: 'Offers' }).getByText('10 sat').waitFor();
    await page.getByText('You trust them not to take it without delivering.').waitFor();
    await tabTo(page, /^Take the offer of/);
    await page.keyboard.press('Enter');
    const approval = page.getByRole('dialog', { name: 'Take this offer?' });
    await approval.getByText('play money').waitFor();
    await tabTo(page, /^Approve and pay/);
    await page.keyboard.press('Enter');
    await page.getByText('Paid, and the result is here.').waitFor();
    await page
      .getByRole('region', { name: 'Result', exact: true })
      .getByText('temple in Alexandria')
      .waitFor();
    await expectAccessible(page);

    await tabTo(page, /star/);
    await page.keyboard.press('ArrowLeft'); // from the first round to the fifth
    await tabTo(page, /^Words for everybody/);
    await page.keyboard.insertText('quick and right');
    await tabTo(page, /^Publish the review/);
    await page.keyboard.press('Enter');
    await page.getByText('You reviewed this.').waitFor();
    expect(faults).toEqual([]);
  },
  PURCHASE_MS,
);

test('a run is there again at its address, in another tab too', async () => {
  const { page } = visit;
  const address = new URL(page.url()).hash;
  expect(address).toMatch(/^#\/run\/[0-9a-f]{64}$/);
  const tab = await visit.openTab(address);
  await tab.getByText('Paid, and the result is here.').waitFor();
  await tab.close();
  await page.reload();
  await page.getByRole('table').getByText('Delivery').waitFor();
  await page.goto(`${stage.url}/#/runs`);
  await page.getByRole('link', { name: /Summarization.*reviewed/s }).waitFor();
  await page.goto(`${stage.url}/#/services`);
  await page.reload();
  // The books are open before the list would be looked up again by itself.
  await page.getByText('1 paid job').first().waitFor();
});

test(
  'axe finds nothing on any page, light or dark',
  async () => {
    const { page, faults } = visit;
    const pages = [
      ['#/', 'What do you want done?'],
      ['#/new/5001', 'Summarization'],
      ['#/new/5100', 'Image generation'],
      ['#/services', 'Services'],
      ['#/kind/5001', 'Summarization'],
      ['#/runs', 'Runs'],
      ['#/nowhere', 'There is no such page'],
    ] as const;
    for (const [index, [path, heading]] of pages.entries()) {
      await page.emulateMedia({ colorScheme: index % 2 === 0 ? 'light' : 'dark' });
      await page.goto(`${stage.url}/${path}`);
      await page.getByRole('heading', { name: heading, level: 1 }).waitFor();
      await expectAccessible(page);
    }
    await page.goto(`${stage.url}/#/services`);
    await page
      .getByRole('link', { name: /^Summarization/ })
      .first()
      .click();
    await page.getByText('1 paid job', { exact: true }).waitFor({ timeout: PATIENCE_MS });
    await expectAccessible(page);
    expect(faults).toEqual([]);
  },
  PURCHASE_MS,
);
