/** What cannot go on is said where it is met, with what helps. */
import type { Page } from '@playwright/test';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openScriptedApp, type ScriptedApp } from './scripted-app.ts';
import { PATIENCE_MS, STAGE_MS } from './stage.ts';

let app: ScriptedApp;

beforeAll(async () => {
  app = await openScriptedApp();
}, STAGE_MS);
afterAll(() => app.close());

const TEST_MS = 2 * PATIENCE_MS;
const RUN = `#/run/${'a'.repeat(64)}`;

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

test(
  'a workbench that is not open promises nothing, and what is announced meanwhile is only kept',
  async () => {
    const opened = await app.open('bench-closed-empty', '#/workbench');
    const { page } = opened;
    await page.getByText('The workbench is not open').waitFor();
    const main = page.getByRole('main');
    expect(await main.innerText()).not.toMatch(/Nothing is waiting|until \d/);
    await page.getByRole('button', { name: 'Try now' }).click();
    await page.getByText('No wallet can be reached').waitFor();

    await opened.goTo('bench-closed-empty', `#/workbench/${'a'.repeat(64)}`);
    await page.getByText('The workbench is not open').waitFor();
    expect(await main.innerText()).not.toMatch(/Nothing was asked/);

    await opened.goTo('bench-closed-empty', '#/workbench/skills');
    await page.getByRole('button', { name: 'Announce', exact: true }).click();
    await page.getByText('Kept in this browser, and not announced').waitFor();
    expect(await main.innerText()).not.toMatch(/Announced\./);
    await opened.close();
  },
  TEST_MS,
);

test(
  'why nobody’s offer could be taken is said once the run has ended, with what helps',
  async () => {
    const opened = await app.open('why-no-offer', `#/run/${'a'.repeat(64)}`);
    const why = opened.page.getByRole('region', { name: 'Why nothing could be taken' });
    await why.getByText('150 sat').waitFor();
    await why.getByText('costs more than your limit').waitFor();
    await why.getByText('is left aside, as money of yours brought nothing there before').waitFor();
    await why.getByText('said no: Too much is waiting there').waitFor();
    await why.getByRole('link', { name: 'Trust mint.example in your wallet to take it' }).click();
    await opened.page.getByRole('heading', { level: 1, name: 'Wallet' }).waitFor();
    await opened.close();
  },
  TEST_MS,
);

test(
  'who is asked alone is named though no list has it, and the limit is raised to its price',
  async () => {
    const opened = await app.open('unlisted-seller', `#/new/5001?to=${'c'.repeat(64)}`, { lateMs: 80 });
    const { page } = opened;
    const seller = page.getByRole('complementary', { name: 'Who does this now' }).getByRole('listitem');
    await seller.getByText('Looking for its sign').waitFor();
    await seller.getByText('Far away').waitFor();
    await page.getByText('Somebody you chose announces 150 sat, over this limit.').waitFor();
    await page.getByRole('button', { name: 'Allow 150 sat' }).click();
    expect(await page.getByLabel('Most it may cost (sat)').inputValue()).toBe('150');
    await page.getByText('An offer over this limit cannot be taken.').waitFor();
    await opened.close();
  },
  TEST_MS,
);

test.each([
  ['signed-in', 'Your wallet has no budget', 1],
  ['pays-by-phone', 'Your phone pays each invoice by itself', 0],
  ['ecash-only', 'No budget bounds what ecash alone pays', 0],
])(
  'who leaves the choice to the rules is told that it is asked all the same: %s',
  async (scene, why, links) => {
    const opened = await app.open(scene, '#/new/5050');
    const { page } = opened;
    await page.getByRole('radio', { name: /^Pick for me/ }).check();
    await page.getByText(why).waitFor();
    expect(await page.getByRole('link', { name: 'Set a budget' }).count()).toBe(links);
    await opened.close();
  },
  TEST_MS,
);

test(
  'who has neither wallet nor ecash is told before posting that only free offers can be taken',
  async () => {
    const opened = await app.open('penniless', '#/new/5050');
    await opened.page.getByText('Without a wallet or ecash only free offers can be taken').waitFor();
    await opened.close();
  },
  TEST_MS,
);

test(
  'a run says what is known of its offer, its money and its result, and no more',
  async () => {
    const opened = await app.open('taken-free', `#/run/${'a'.repeat(64)}`);
    const { page } = opened;
    const go = (scene: string) => opened.goTo(scene, `#/run/${'a'.repeat(64)}`);
    await page.getByText('The offer is taken, and costs nothing.').waitFor();
    await page.getByText('Taken: the work is waited for').first().waitFor();
    expect(await page.getByRole('button', { name: /^Take the offer/ }).count()).toBe(0);
    expect(await page.getByRole('table', { name: 'Offers' }).count()).toBe(0);

    await go('taken-promise');
    await page.getByText('Nothing is paid yet: that follows once its invoice is here.').waitFor();
    const steps = page.getByRole('region', { name: 'Timeline' }).getByRole('rowheader');
    expect(await steps.allInnerTexts()).toEqual([
      'Request',
      'Offers',
      'Queue',
      'Work',
      'Payment',
      'Delivery',
    ]);

    await go('money-under-way');
    await page.getByText('Once it has arrived, it is spent.').waitFor();
    expect(await page.getByRole('main').innerText()).not.toMatch(/comes? back|locked/);
    await page.getByRole('button', { name: 'Ask it to stop' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('comes back only if the provider gives it back').waitFor();

    await go('unseen-at-end');
    await page.getByText('no payment was seen').waitFor();
    expect(await page.getByRole('main').innerText()).not.toMatch(/nothing was spent/i);

    await go('unreconciled');
    await page.getByText('Finding out whether it was paid').first().waitFor();
    expect(await page.getByText('It is waited for until').count()).toBe(0);

    await go('result-closed');
    await page.getByText('What came cannot be opened or read.').waitFor();
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('The provider did not send the result again.').waitFor();
    await opened.close();
  },
  TEST_MS,
);

test.each([
  ['refused-by-person', 'You said no to paying it.', /nobody gives back what/i],
  ['run-out', 'nothing here shows that it was paid', /nobody gives back what/i],
  ['refused-by-budget', 'Your budget has no room for buying this ecash', /Raise the budget/],
  ['refused-by-mint', 'your ecash was not given away', /too little at the mint/],
  ['refused-by-wallet', 'Your wallet did not pay, and nothing was spent.', /It holds too little/],
])(
  'why a taken offer is not paid is said of whoever refused, and no more than is known: %s',
  async (scene, what, help) => {
    const opened = await app.open(scene, RUN);
    const told = opened.page.getByRole('alert').filter({ hasText: what });
    await told.filter({ hasText: help }).waitFor();
    const isWallets = scene === 'refused-by-wallet' || scene === 'refused-by-budget';
    const claims = /Your wallet did not|nothing was spent|no way/;
    expect(claims.test(await told.innerText())).toBe(isWallets);
    await opened.close();
  },
  TEST_MS,
);

test(
  'ecash that the wallet would have to buy is not taken where the budget is too small for it',
  async () => {
    const opened = await app.open('ecash-over-budget', RUN);
    const { page } = opened;
    await page
      .getByRole('button', { name: /^Take the offer/ })
      .first()
      .click();
    const dialog = page.getByRole('dialog', { name: 'Take this offer?' });
    await dialog.getByText('Your budget leaves 7 sat').waitFor();
    await dialog.getByText('play money').waitFor();
    expect(await dialog.getByRole('button', { name: /^Approve and pay/ }).isDisabled()).toBe(true);
    await opened.close();
  },
  TEST_MS,
);

test(
  'of several who were asked each is heard and can be written to, and nobody else gets what was begun',
  async () => {
    const opened = await app.open('asked-two', RUN);
    const { page } = opened;
    const panel = page.getByRole('region', { name: 'Private words about this job' });
    await panel.getByText('How long may it be?').waitFor();
    const send = panel.getByRole('button', { name: 'Send' });
    await panel.getByLabel('Write').fill('Two pages.');
    await send.click();
    await expect.poll(() => panel.getByLabel('Write').inputValue(), { timeout: PATIENCE_MS }).toBe('');
    await panel.getByLabel('To whom').selectOption('c'.repeat(64));
    await panel.getByLabel('Write').fill('And you?');
    await send.click();
    await expect.poll(() => panel.getByLabel('Write').inputValue(), { timeout: PATIENCE_MS }).toBe('');
    expect(await asked(page, 'market.write')).toEqual([
      { requestId: 'e'.repeat(64), providerPubkey: 'e'.repeat(64), text: 'Two pages.' },
      { requestId: 'a'.repeat(64), providerPubkey: 'c'.repeat(64), text: 'And you?' },
    ]);

    await opened.goTo('asked-one', RUN);
    await page.getByRole('button', { name: 'Write to the provider' }).click();
    await panel.getByLabel('Write').fill('Are you there?');
    await send.click();
    await expect
      .poll(() => asked(page, 'market.write'), { timeout: PATIENCE_MS })
      .toMatchObject([{ providerPubkey: 'c'.repeat(64) }]);
    await opened.close();
  },
  TEST_MS,
);

test(
  'who would lose something here is told so, and asks the browser to keep it',
  async () => {
    const opened = await app.open('signed-out', '#/');
    const { page } = opened;
    await page.addInitScript(() => {
      const answers = [false, true];
      navigator.storage.persisted = () => Promise.resolve(false);
      navigator.storage.persist = () => Promise.resolve(answers.shift() === true);
    });
    for (const [scene, path, words] of [
      ['ecash', '#/wallet', 'Ask it to keep your ecash'],
      ['key-here', '#/you', 'Ask it to keep your key'],
      ['open-run', '#/runs', 'Ask it to keep your books'],
    ] as const) {
      await opened.goTo(scene, path);
      await page.getByText(words).waitFor();
      const ask = page.getByRole('button', { name: 'Ask the browser' });
      await ask.click();
      await page.getByText('The browser did not agree.').waitFor();
      await ask.click();
      await ask.waitFor({ state: 'detached' });
    }
    await opened.close();
  },
  TEST_MS,
);

test(
  'a star shows at once that it was turned, and turns back',
  async () => {
    const opened = await app.open('favourites', `#/service/${'c'.repeat(64)}/0`);
    const { page } = opened;
    await page.getByRole('button', { name: /^Add/ }).click();
    await page.getByRole('button', { name: /^Remove/, pressed: true }).click();
    await page.getByRole('button', { name: /^Add/, pressed: false }).waitFor();
    expect(await asked(page, 'directory.favourite')).toMatchObject([
      { favourite: true },
      { favourite: false },
    ]);
    await opened.close();
  },
  TEST_MS,
);

test(
  'what cannot be done here says why, and leaves a way out',
  async () => {
    const opened = await app.open('token-of-stranger', '#/wallet');
    const { page } = opened;
    await page.getByText('Take in a token').click();
    await page.getByLabel('Token').fill('cashuBo2FteBtodHRwczovL21pbnQ');
    await page.getByRole('button', { name: 'Take it in' }).click();
    await page.getByText('a mint that you do not trust yet: https://mint.example/Bitcoin').waitFor();
    await page.getByRole('button', { name: 'Trust this mint and take it in' }).click();
    await page.getByText('The mint gave no answer').waitFor();
    expect(await asked(page, 'ecash.add-mint')).toEqual([{ url: 'https://mint.example/Bitcoin' }]);

    await opened.goTo('taken-elsewhere', '#/runs');
    await page.getByRole('button', { name: 'Buy here again' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Buy here again' }).click();
    await page.getByText('bought-elsewhere').waitFor();

    await opened.goTo('stuck', '#/you');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();
    expect(await asked(page, 'session.sign-out')).toEqual([null]);
    await opened.close();
  },
  TEST_MS,
);

/** What the page asked its engine by that call, in order. */
function asked(page: Page, call: string): Promise<unknown[]> {
  return page.evaluate(
    (name) =>
      performance.getEntriesByName('asked').flatMap((mark) => {
        const { detail } = mark as PerformanceMark;
        return detail.call === name ? [detail.input] : [];
      }),
    call,
  );
}
