/** What cannot go on is said where it is met, with what helps. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openScriptedApp, type ScriptedApp } from './scripted-app.ts';
import { PATIENCE_MS, STAGE_MS } from './stage.ts';

let app: ScriptedApp;

beforeAll(async () => {
  app = await openScriptedApp();
}, STAGE_MS);
afterAll(() => app.close());

const TEST_MS = 2 * PATIENCE_MS;

test(
  'an offer that the budget may not pay is not taken, as its request would end of that',
  async () => {
    const opened = await app.open('little-budget', `#/run/${'a'.repeat(64)}`);
    const { page } = opened;
    await page
      .getByRole('button', { name: /^Take the offer/ })
      .first()
      .click();
    const dialog = page.getByRole('dialog', { name: 'Take this offer?' });
    await dialog.getByText('Your budget leaves 7 sat').waitFor();
    expect(await dialog.getByRole('button', { name: /^Approve and pay/ }).isDisabled()).toBe(true);
    await dialog.getByRole('link', { name: 'Set another budget' }).click();
    await page.getByRole('heading', { level: 1, name: 'Wallet' }).waitFor();
    await opened.close();
  },
  TEST_MS,
);

test(
  'a page whose program cannot be fetched says so, and comes when the network is back',
  async () => {
    const opened = await app.open('signed-in', '#/');
    const { page } = opened;
    await page.getByText('1 live').first().waitFor();
    await page.context().setOffline(true);
    await page.getByRole('link', { name: 'Services' }).click();
    await page.getByRole('heading', { level: 1, name: 'This page did not come' }).waitFor();
    expect(await page.getByRole('main').innerText()).not.toMatch(/error|https?:/i);
    await page.context().setOffline(false);
    await page.getByRole('button', { name: 'Open it again' }).click();
    await page.getByRole('heading', { level: 1, name: 'Services' }).waitFor();
    await opened.close();
  },
  TEST_MS,
);
