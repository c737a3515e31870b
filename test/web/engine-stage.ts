import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext, type Page } from '@playwright/test';
import { expect } from 'vitest';
import { startMarket, type Market } from '../../src/market/index.ts';
import type { EngineCalls, EngineTopics } from '../../web/engine/index.ts';
import { bundlePage } from './bundled-page.ts';
import { killBrowser } from './kill-browser.ts';
import type { EnginePage } from './in-page/engine-page.ts';

/** A market whose pages are the bare engine, and browsers that open them. */
export interface EngineStage {
  readonly market: Market;
  /** Somebody new, whose browser keeps nothing on the disk. */
  visitor(): Promise<Visitor>;
  /** Somebody new, whose browser has a profile on the disk and processes of its own. */
  browser(): Promise<EngineBrowser>;
  close(): Promise<void>;
}

/** Tabs that share a storage. */
export interface Visitor {
  tab(): Promise<EngineTab>;
  close(): Promise<void>;
}

/** One browser with its profile. */
export interface EngineBrowser extends Visitor {
  /** Ends all of its processes at once, as a power cut would. */
  kill(): void;
  /** Begins again with the same profile, after whatever happened to its processes. */
  restart(): Promise<void>;
}

/** One tab with the engine. */
export interface EngineTab {
  readonly page: Page;
  call<Name extends keyof EngineCalls>(
    name: Name,
    input: EngineCalls[Name]['input'],
  ): Promise<EngineCalls[Name]['output']>;
  /** The value of a call that must succeed. */
  done<Name extends keyof EngineCalls>(name: Name, input: EngineCalls[Name]['input']): Promise<ValueOf<Name>>;
  /** Waits until a topic tells a state that is wanted. */
  until<Topic extends keyof EngineTopics>(
    topic: Topic,
    input: EngineTopics[Topic]['input'],
    isWanted: (state: EngineTopics[Topic]['state']) => boolean,
  ): Promise<EngineTopics[Topic]['state']>;
}

type ValueOf<Name extends keyof EngineCalls> = Extract<
  EngineCalls[Name]['output'],
  { readonly ok: true }
>['value'];

/** How long a test waits for something in a browser; the machine may be busy. */
export const PATIENCE_MS = 40_000;

/** Starts a market with an own directory. */
export async function openEngineStage(): Promise<EngineStage> {
  const dir = mkdtempSync(join(tmpdir(), 'coinop-engine-'));
  const webAppDir = await bundlePage('engine');
  const started = await startMarket({ dir, port: 0, webAppDir });
  if (!started.ok) throw new Error(started.failure.message);
  const market = started.value;
  const shared = await chromium.launch(CHROMIUM);
  return {
    market,
    async visitor() {
      const context = await shared.newContext();
      return { tab: () => openTab(context, market.httpUrl), close: () => context.close() };
    },
    browser: () => openBrowser(market.httpUrl),
    async close() {
      await shared.close();
      await market.close({ graceMs: 0 });
      rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
      rmSync(webAppDir, { recursive: true, force: true });
    },
  };
}

async function openBrowser(url: string): Promise<EngineBrowser> {
  const profile = mkdtempSync(join(tmpdir(), 'coinop-profile-'));
  let context: BrowserContext = await launch(profile);
  const end = () => context.close().catch(() => undefined); // it may have been killed
  return {
    tab: () => openTab(context, url),
    kill: () => killBrowser(profile),
    async restart() {
      await end();
      context = await launch(profile);
    },
    async close() {
      await end();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function launch(profile: string): Promise<BrowserContext> {
  return chromium.launchPersistentContext(profile, CHROMIUM);
}

const CHROMIUM = {
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
};

async function openTab(context: BrowserContext, url: string): Promise<EngineTab> {
  const page = await context.newPage();
  await page.goto(`${url}/`);
  return tabOf(page);
}

function tabOf(page: Page): EngineTab {
  const tab: EngineTab = {
    page,
    call: (name, input) =>
      page.evaluate(
        ([what, given]) => (globalThis as unknown as EnginePage).engine.call(what, given as never),
        [name, input] as const,
      ),
    async done(name, input) {
      const outcome = await tab.call(name, input);
      if (!outcome.ok) throw new Error(`${name}: ${outcome.failure.code}: ${outcome.failure.message}`);
      return outcome.value;
    },
    async until(topic, input, isWanted) {
      const latest = () =>
        page.evaluate(([what, given]) => (globalThis as unknown as EnginePage).latest(what, given as never), [
          topic,
          input,
        ] as const) as Promise<never>;
      let state = await latest();
      const look = async () => {
        state = await latest();
        return state !== undefined && isWanted(state);
      };
      await expect.poll(look, { timeout: PATIENCE_MS, message: topic, interval: 100 }).toBe(true);
      return state;
    },
  };
  return tab;
}
