import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from '@playwright/test';
import { builtWebApp } from '../../scripts/web-app.ts';
import { startMarket, type Market } from '../../src/market/index.ts';

/** The web app as people meet it: a market on this machine, opened in Debian's Chromium. Shared by a test file. */
export interface WebStage {
  /** Of the present market: `http://127.0.0.1:<port>`, the same after `restartMarket`. */
  readonly url: string;
  readonly market: Market;
  /** The market's own directory. */
  readonly dir: string;
  readonly browser: Browser;
  /**
   * Opens the app like somebody new: storage, wallet and key are shared with nobody. `path` is what follows the
   * address, such as `#/directory`.
   */
  visit(path?: string, options?: VisitOptions): Promise<Visit>;
  /** Relay, wallets and services go away and come back at the same address; `meanwhile` runs while they are gone. */
  restartMarket(meanwhile?: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** How somebody visits. */
export interface VisitOptions extends BrowserContextOptions {
  /** Prepares the browser before its first page, as an extension does. */
  readonly before?: (context: BrowserContext) => Promise<void>;
}

/** One browser of its own with one tab. */
export interface Visit {
  readonly page: Page;
  /** What no page should cause: uncaught errors, and loads that the content security policy refused. */
  readonly faults: readonly string[];
  /** Another tab of the same browser; its faults are counted too. */
  openTab(path?: string): Promise<Page>;
  close(): Promise<void>;
}

/** How long a test waits for something on a page; the machine may be busy. */
export const PATIENCE_MS = 30_000;

/** How long a file's stage may take to build the app and come up. */
export const STAGE_MS = 180_000;

/** Starts a market with an own directory, and a browser. */
export async function openWebStage(): Promise<WebStage> {
  const webAppDir = builtWebApp();
  const dir = await mkdtemp(join(tmpdir(), 'coinop-web-'));
  const start = async (port: number): Promise<Market> => {
    const started = await startMarket({ dir, port, webAppDir });
    if (!started.ok) throw new Error(started.failure.message);
    return started.value;
  };
  const [market, browser] = await Promise.all([start(0), launchChromium()]);
  const { httpUrl } = market;
  let current = market;
  return {
    url: httpUrl,
    get market() {
      return current;
    },
    dir,
    browser,
    visit: (path = '', options = {}) => visit(browser, httpUrl, path, options),
    async restartMarket(meanwhile) {
      await current.close({ graceMs: 0 });
      await meanwhile?.();
      current = await start(Number(new URL(httpUrl).port));
    },
    async close() {
      await browser.close();
      await current.close({ graceMs: 0 });
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Debian's Chromium, or the one that `CHROMIUM` names. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    // A microphone that beeps, and pages that may use it where a test allows them to.
    args: ['--no-sandbox', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
  });
}

async function visit(
  browser: Browser,
  url: string,
  path: string,
  { before, ...options }: VisitOptions,
): Promise<Visit> {
  const context = await browser.newContext({ locale: 'en-GB', ...options });
  await before?.(context);
  context.setDefaultTimeout(PATIENCE_MS);
  const faults: string[] = [];
  context.on('weberror', (error) => faults.push(error.error().message));
  context.on('console', (message) => {
    if (/content security policy/i.test(message.text())) faults.push(message.text());
  });
  const openTab = async (tabPath = ''): Promise<Page> => {
    const page = await context.newPage();
    await page.goto(`${url}/${tabPath}`);
    return page;
  };
  const page = await openTab(path);
  return { page, faults, openTab, close: () => context.close() };
}
