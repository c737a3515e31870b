import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext, type Page } from '@playwright/test';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bundlePage, servePage, type ServedPage } from './bundled-page.ts';
import { killBrowser } from './kill-browser.ts';
import type { LedgerPage } from './in-page/ledger-page.ts';

let served: ServedPage;
let profile: string;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  served = await servePage(await bundlePage('ledger'));
}, 120_000);
afterAll(() => served.close());

beforeEach(() => {
  profile = mkdtempSync(join(tmpdir(), 'coinop-browser-'));
});
afterEach(async () => {
  await context.browser()?.close();
  await context.close();
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
});

/** Without a profile nothing is worth a disk. */
async function launch(options: { readonly isKept: boolean }): Promise<void> {
  const launched = { executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: ['--no-sandbox'] };
  context = options.isKept
    ? await chromium.launchPersistentContext(profile, launched)
    : await (await chromium.launch(launched)).newContext();
  page = await context.newPage();
  await page.goto(served.url);
}

/** Tells a worker of the page. */
const tell: LedgerPage['tell'] = (worker, name, input) =>
  page.evaluate(([which, what, given]) => (globalThis as unknown as LedgerPage).tell(which, what, given), [
    worker,
    name,
    input,
  ] as const) as ReturnType<LedgerPage['tell']> as never;

describe('the ledger in a browser', () => {
  it('keeps the contract of all ledgers, and of all books of ecash', async () => {
    await launch({ isKept: false });
    const report = await tell('one', 'contract');
    expect(report.failed).toEqual([]);
    expect(report.passed).toBeGreaterThan(90);
  }, 120_000);

  it('loses nothing that was acknowledged, and tears nothing, when the browser is killed', async () => {
    await launch({ isKept: true });
    page.evaluate(() => (globalThis as unknown as LedgerPage).tell('one', 'bookOn')).catch(() => undefined);
    const booked = () => page.evaluate(() => (globalThis as unknown as LedgerPage).booked);
    await expect.poll(booked, { timeout: 30_000 }).toBeGreaterThan(50);
    const acknowledged = await booked();
    killBrowser(profile);
    await context.close().catch(() => undefined);
    await launch({ isKept: true });
    const { purchases, due } = await tell('one', 'count');
    expect(purchases).toBeGreaterThanOrEqual(acknowledged);
    expect(due).toBe(2 * purchases);
  }, 60_000);

  it('is closed to whoever had it open before somebody else took it over', async () => {
    await launch({ isKept: false });
    await tell('one', 'book', 2);
    await tell('two', 'open');
    expect(await tell('one', 'bookRefused')).toEqual({ code: 'store-taken-over', purchases: 2, due: 4 });
    expect(await tell('two', 'count')).toEqual({ purchases: 2, due: 4 });
    await tell('two', 'book', 3);
    expect(await tell('two', 'count')).toEqual({ purchases: 3, due: 6 });
  });

  it('refuses a unit of work that waits for something foreign, all of it, and goes on', async () => {
    await launch({ isKept: false });
    const { refusal, rows } = await tell('one', 'waitInside');
    expect(refusal).toContain('may await only its own queries');
    expect(rows).toEqual([['3', 'nul \0 and ☕']]);
  });
});
