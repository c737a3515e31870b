import type { Page } from '@playwright/test';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { unixNow } from '../../src/clock/index.ts';
import { openNwcWallet } from '../../src/money/index.ts';
import { orThrow, satsToMsat } from '../../src/protocol/index.ts';
import { JobFailure, service, type JobContext } from '../../src/provider/index.ts';
import { createInlineVerifier, createRelayPool } from '../../src/relays/index.ts';
import { NodeWebSocket } from '../../src/relays/node.ts';
import { signIn, signInWithPlayMoney } from './people.ts';
import { openWebStage, PATIENCE_MS, STAGE_MS, type Visit, type WebStage } from './stage.ts';
import { openVendor, type Vendor } from './vendor.ts';

const TEST_MS = 6 * PATIENCE_MS;

let stage: WebStage;
let visit: Visit;
let vendors: Record<'slow' | 'quick' | 'picked' | 'prepaid', Vendor>;
/** What the slow one is at work on; it ends when it is told to. */
let atWork = Promise.withResolvers<string>();

beforeAll(async () => {
  stage = await openWebStage();
  const slowly = async ({ signal }: JobContext) => {
    signal.addEventListener('abort', () => atWork.reject(new Error('The job is over.')), { once: true });
    return atWork.promise;
  };
  const hold = { exchanges: ['hold'] as const, worstSeconds: 300 };
  const [slow, quick, picked, prepaid] = await Promise.all([
    openVendor(stage, [
      service({ kind: 5002, name: 'Slow one', priceSats: 20, ...hold, handler: slowly }),
      service({ kind: 5050, name: 'Slow one', priceSats: 20, ...hold, handler: slowly }),
    ]),
    openVendor(stage, [
      service({ kind: 5002, name: 'Quick one', priceSats: 40, ...hold, handler: async () => 'hecho' }),
    ]),
    openVendor(stage, [
      service({ kind: 5100, name: 'Painter', priceSats: 15, ...hold, handler: async () => 'painted' }),
    ]),
    openVendor(stage, [
      service({
        kind: 5250,
        name: 'Reader',
        priceSats: 25,
        exchanges: ['prepay'],
        handler: async () => 'read aloud',
      }),
    ]),
  ]);
  vendors = { slow, quick, picked, prepaid };
  visit = await stage.visit();
  await signInWithPlayMoney(visit.page, stage.url);
}, STAGE_MS);
afterAll(async () => {
  atWork.resolve('');
  await Promise.all(Object.values(vendors).map((vendor) => vendor.close()));
  await stage.close();
}, 60_000);

/** Fills in the form of a kind, asks one seller or everybody, and posts. */
async function post(
  page: Page,
  kind: string,
  { seller, language }: { readonly seller?: string; readonly language?: string } = {},
): Promise<void> {
  await page.goto(`${stage.url}/#/new/${kind}`);
  await page.getByLabel('Most it may cost (sat)').waitFor(); // the page before had fields as well
  await page.getByRole('textbox').first().fill('The red fox sleeps under the old bridge.');
  if (language !== undefined) await page.getByRole('textbox', { name: 'Language' }).fill(language);
  if (seller !== undefined) {
    const sellers = page.getByRole('complementary', { name: 'Who does this now' });
    const row = sellers.getByRole('listitem').filter({ hasText: seller });
    await row.getByRole('button', { name: 'Ask only this one' }).click();
  }
  await page.getByRole('button', { name: /^(Post|Send) the request/ }).click();
  await page.waitForURL(/#\/run\//);
}
/** Takes the only offer, and pays it. */
async function take(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Take the offer/ }).click();
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /^Approve and pay/ })
    .click();
}
/** Chooses what can be done about a run, and agrees. */
async function act(page: Page, action: string): Promise<void> {
  await page.getByRole('button', { name: action, exact: true }).first().click();
  await page.getByRole('dialog').getByRole('button', { name: 'Do it' }).click();
}

/** A run whose provider has died with the money locked; the tests between leave it the time to become late. */
let late: { readonly buyer: Visit; readonly url: string };

test(
  'a job is paid, and its provider falls silent',
  async () => {
    const dying = await openVendor(stage, [
      service({
        kind: 5050,
        name: 'Dying one',
        priceSats: 20,
        exchanges: ['hold'],
        worstSeconds: 10,
        handler: () => new Promise<string>(() => undefined),
      }),
    ]);
    const buyer = await stage.visit();
    const { page } = buyer;
    await signInWithPlayMoney(page, stage.url);
    await page.goto(`${stage.url}/#/new/5050`);
    const deadline = page.getByLabel('Wait for it at most');
    await deadline.evaluate((select) => select.append(new Option('45 s', '0.75'))); // nobody else waits so short
    await deadline.selectOption('0.75');
    await page.getByRole('textbox').first().fill('The red fox sleeps.');
    const row = page.getByRole('listitem').filter({ hasText: 'Dying one' });
    await row.getByRole('button', { name: 'Ask only this one' }).click();
    await page.getByRole('button', { name: /^(Post|Send) the request/ }).click();
    await take(page);
    await dying.sale(({ work, money }) => work === 'working' && money === 'locked');
    await dying.close();
    late = { buyer, url: page.url() };
  },
  TEST_MS,
);

test(
  'a request is withdrawn before there are offers, while they stand, and while somebody works on it',
  async () => {
    const { page } = visit;
    await post(page, '5251'); // nobody sells music here
    await page.getByText('The request is on 1 relay.').waitFor();
    await act(page, 'Withdraw the request');
    await page.getByText('Withdrawn before paying. Nothing was spent.').waitFor();

    await post(page, '5050', { seller: 'Slow one' });
    await page.getByRole('table', { name: 'Offers' }).getByText('20 sat').waitFor();
    await act(page, 'Withdraw the request');
    await page.getByText('Withdrawn before paying. Nothing was spent.').waitFor();
    await vendors.slow.sale(({ work }) => work === 'cancelled');

    await post(page, '5050', { seller: 'Slow one' });
    await take(page);
    await vendors.slow.sale(({ work, money }) => work === 'working' && money === 'locked');
    await page.getByRole('button', { name: 'Ask it to stop' }).first().waitFor();
    expect(await page.getByRole('button', { name: 'Withdraw the request' }).count()).toBe(0);
    await act(page, 'Ask it to stop');
    await page.getByRole('dialog').getByText('The provider was told.').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Leave it' }).click();
    await vendors.slow.sale(({ work, money }) => work === 'cancelled' && money === 'released');
    await page.getByText('The money came back.').waitFor();
  },
  TEST_MS,
);

test(
  'what is late is reported when its time is over, what is bad at once; the result is found again',
  async () => {
    const { page } = visit;
    atWork = Promise.withResolvers();
    await post(page, '5050', { seller: 'Slow one' });
    await take(page);
    await vendors.slow.sale(({ work, money }) => work === 'working' && money === 'locked');
    await act(page, 'Report as not delivered');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('The provider has time until the deadline.').waitFor();
    await dialog.getByRole('button', { name: 'Leave it' }).click();

    atWork.resolve('late, but here');
    await page.getByText('Paid, and the result is here.').waitFor();
    await page.getByRole('button', { name: 'Complain to the provider' }).click();
    await dialog.getByLabel('What is wrong, in your words').fill('Half of it is missing.');
    await dialog.getByRole('button', { name: 'Do it' }).click();
    await dialog.getByText('only the provider’s good will brings the money back').waitFor();
    await dialog.getByRole('button', { name: 'Leave it' }).click();
    const complaint = () => vendors.slow.troubles.find(({ code }) => code === 'complaint')?.message;
    await expect.poll(complaint, { timeout: PATIENCE_MS }).toContain('Half of it is missing.');

    await act(page, 'Look for the result again');
    await dialog.getByText('Found again.').waitFor();
    expect((await vendors.slow.earned()).map(({ amountMsat }) => amountMsat)).toEqual([20_000n]);
  },
  TEST_MS,
);

test(
  'with a budget the best offer is picked and paid without a word',
  async () => {
    const { page } = visit;
    await page.goto(`${stage.url}/#/new/5100`);
    await page.getByRole('radio', { name: /^Pick for me/ }).check();
    await page.getByText('Your wallet has no budget').waitFor();
    await page.getByRole('link', { name: 'Set a budget' }).click();
    await page.getByLabel('Budget (sat)').fill('500');
    await page.getByRole('button', { name: 'Set the budget' }).click();
    await page
      .getByText('0 of 500 spent')
      .or(page.getByText(/0 sat of 500/))
      .first()
      .waitFor();
    await page.goto(`${stage.url}/#/new/5100`);
    await page.getByLabel('Most it may cost (sat)').waitFor();
    await page.getByRole('textbox').first().fill('a red fox');
    await page.getByRole('radio', { name: /^Pick for me/ }).check();
    await page.getByRole('button', { name: 'Post the request' }).click();
    await page.getByText('Paid, and the result is here.').waitFor();
    await page.getByRole('region', { name: 'Result', exact: true }).getByText('painted').waitFor();
    expect((await vendors.picked.earned()).length).toBe(1);
  },
  TEST_MS,
);

test(
  'what takes too long is bought from a second one, and only that one is paid',
  async () => {
    const { page, faults } = visit;
    atWork = Promise.withResolvers();
    await post(page, '5002', { seller: 'Slow one', language: 'es' });
    const first = page.url();
    await take(page);
    await vendors.slow.sale(({ work, request }) => work === 'working' && request.kind === 5002);
    await act(page, 'Buy from a second one'); // within the budget that is set by now
    await expect.poll(() => page.url(), { timeout: PATIENCE_MS }).not.toBe(first);
    await page.getByText('Paid, and the result is here.').waitFor();
    await page.getByText('hecho').waitFor();
    await vendors.quick.sale(({ money }) => money === 'settled');

    const before = (await vendors.slow.earned()).length;
    atWork.reject(new JobFailure('handler-failed', 'It never came to an end.'));
    await page.goto(first);
    await page.getByText('The money came back.').waitFor();
    expect((await vendors.slow.sale(({ request }) => request.kind === 5002)).money).toBe('released');
    expect((await vendors.slow.earned()).length).toBe(before);
    expect((await vendors.quick.earned()).map(({ amountMsat }) => amountMsat)).toEqual([40_000n]);
    expect(faults).toEqual([]);
  },
  TEST_MS,
);

test(
  'a wallet in the browser (WebLN) pays, and is asked once',
  async () => {
    const relays = createRelayPool({ verifier: createInlineVerifier(), WebSocket: NodeWebSocket });
    const uri = stage.market.customerWalletUri;
    const wallet = orThrow(openNwcWallet({ uri, relays, now: unixNow }));
    const asked: string[] = [];
    const buyer = await stage.visit('', {
      before: async (context) => {
        await context.exposeFunction('payWithExtension', async (bolt11: string) => {
          asked.push(bolt11);
          const { preimage } = orThrow(await wallet.pay({ bolt11, feeLimitMsat: satsToMsat(10) }));
          return { preimage };
        });
        await context.addInitScript(() => {
          const pay = (bolt11: string) =>
            (globalThis as unknown as { payWithExtension(text: string): Promise<unknown> }).payWithExtension(
              bolt11,
            );
          Object.assign(globalThis, { webln: { enable: async () => undefined, sendPayment: pay } });
        });
      },
    });
    const { page } = buyer;
    await signIn(page, stage.url);
    await page.goto(`${stage.url}/#/wallet`);
    await page.getByRole('button', { name: 'Use the browser wallet' }).click();
    await page.getByText('Connected wallet').first().waitFor();
    await post(page, '5250', { seller: 'Reader' });
    await take(page);
    await page.getByText('Paid, and the result is here.').waitFor();
    await page.getByText('read aloud').waitFor();
    expect(asked.length).toBe(1);
    expect((await vendors.prepaid.earned()).map(({ bolt11 }) => bolt11)).toEqual(asked);
    expect(buyer.faults).toEqual([]);
    await buyer.close();
    await wallet.close();
    await relays.close();
  },
  TEST_MS,
);

test(
  'what passes the budget or the limit is bought once that is raised and it is asked anew',
  async () => {
    const { page } = visit;
    const setBudget = async (sats: string) => {
      await page.getByLabel('Budget (sat)').fill(sats);
      await page.getByRole('button', { name: 'Set the budget' }).click();
      await page
        .getByText(new RegExp(`of ${sats} spent|0 sat of ${sats}`))
        .first()
        .waitFor({ timeout: 2 * PATIENCE_MS });
    };
    const pick = async (most: string) => {
      await page.getByLabel('Most it may cost (sat)').fill(most);
      await page.getByRole('radio', { name: /^Pick for me/ }).check();
      await page.getByRole('button', { name: 'Post the request' }).click();
      await page.waitForURL(/#\/run\//);
    };
    await page.goto(`${stage.url}/#/wallet`);
    await setBudget('5');
    await page.goto(`${stage.url}/#/new/5100`);
    await page.getByLabel('Most it may cost (sat)').waitFor();
    await page.getByRole('textbox').first().fill('a grey heron');
    await page.getByText(/^More settings/).click();
    await page.locator('#param-negative_prompt').fill('water');
    await pick('100');
    await page.getByText('Your budget forbids this payment. Nothing was spent.').waitFor();
    const refused = page.url();
    await page.getByRole('link', { name: 'Raise the budget' }).click();
    await setBudget('400');
    await page.goto(refused);
    await page.getByRole('link', { name: 'Ask anew on other terms' }).click();
    await page.getByLabel('Most it may cost (sat)').waitFor();
    expect(await page.getByRole('textbox').first().inputValue()).toBe('a grey heron');
    expect(await page.locator('#param-negative_prompt').inputValue()).toBe('water');
    expect(await page.getByLabel('Most it may cost (sat)').inputValue()).toBe('100');
    await pick('14'); // the only offer asks for 15
    await page.getByText('costs more than your limit').waitFor();
    await page.getByRole('link', { name: 'Ask anew on other terms' }).first().click();
    await page.getByLabel('Most it may cost (sat)').waitFor();
    await pick('15');
    await page.getByText('Paid, and the result is here.').waitFor();
    expect((await vendors.picked.earned()).length).toBe(2);
  },
  TEST_MS,
);

test(
  'what is overdue says so, is reported, and its locked money comes back by itself',
  async () => {
    const { page } = late.buyer;
    await page.goto(late.url);
    await page.getByText('Overdue: it was to be here by now').waitFor({ timeout: 2 * PATIENCE_MS });
    await page.getByText('Its time was over at').waitFor();
    await act(page, 'Report as not delivered');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('The provider was told. What can happen now:').waitFor();
    await dialog.getByText('the locked money comes back by itself if nothing is delivered').waitFor();
    expect(late.buyer.faults).toEqual([]);
    await late.buyer.close();
  },
  TEST_MS,
);
