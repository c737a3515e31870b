import type { Page } from '@playwright/test';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { signInWithPlayMoney } from './people.ts';
import { openWebStage, PATIENCE_MS, STAGE_MS, type Visit, type WebStage } from './stage.ts';

let stage: WebStage;
let visit: Visit;

beforeAll(async () => {
  stage = await openWebStage();
  visit = await stage.visit();
  await signInWithPlayMoney(visit.page, stage.url);
}, STAGE_MS);
afterAll(() => stage.close(), 60_000);

/** Fills in and answers the dialog that a button of the mint opens. */
async function move(page: Page, opens: string, sats: string, answer: string): Promise<void> {
  await page.getByRole('button', { name: opens, exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Amount (sat)').fill(sats);
  await dialog.getByRole('button', { name: answer, exact: true }).click();
  await dialog.waitFor({ state: 'hidden' });
}

test(
  'a person trusts the mint of the market, buys ecash, sees that the mint is down, takes some out, and needs no other wallet',
  async () => {
    const { page, faults } = visit;
    const ecash = page.getByRole('region', { name: 'Ecash' });
    await page.getByRole('button', { name: 'Trust the market’s mint' }).click();
    await ecash.getByText('0 sat', { exact: true }).waitFor();
    await move(page, 'Top up', '300', 'Buy');
    await ecash.getByText('300 sat', { exact: true }).waitFor();

    const mintUrl = await ecash.getByText(/^http:\/\/127/).textContent();
    await page.context().route(`${mintUrl}/**`, (route) => route.abort());
    await page.reload();
    await ecash.getByText('The mint does not answer').waitFor();
    expect(await ecash.getByText('300 sat', { exact: true }).count()).toBe(1);
    expect(await ecash.getByRole('button', { name: 'Top up' }).isDisabled()).toBe(true);

    await page.context().unroute(`${mintUrl}/**`);
    await page.reload();
    await move(page, 'Take out', '100', 'Take out');
    await ecash.getByText(/^(200|199|198) sat$/).waitFor(); // the way may cost a sat or two
    await page.getByText('Take in a token').click();
    await ecash.getByLabel('Token').fill('cashuBnonsense');
    await ecash.getByRole('button', { name: 'Take it in' }).click();
    await ecash.getByText('malformed-token').waitFor();

    await page.getByRole('button', { name: 'Disconnect', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Disconnect', exact: true }).click();
    await page
      .getByRole('banner')
      .getByText(/^(200|199|198) sat in ecash/)
      .waitFor();

    await page.goto(`${stage.url}/#/new/5001`);
    await page.getByRole('textbox').first().fill('The machine took a coin. It gave water. Nobody was there.');
    await page.getByRole('button', { name: 'Post the request' }).click();
    await page.getByRole('button', { name: /^Take the offer/ }).click();
    await page.getByRole('dialog').getByText('ecash', { exact: false }).first().waitFor();
    await page.getByRole('dialog').getByRole('button').last().click();
    await page.getByText('Paid, and the result is here.').waitFor();
    await page
      .getByRole('banner')
      .getByText(/^1[89]\d sat in ecash/)
      .waitFor();
    expect(faults).toEqual([]);
  },
  6 * PATIENCE_MS,
);
