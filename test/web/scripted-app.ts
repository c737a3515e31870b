import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page } from '@playwright/test';
import { build, preview } from 'vite';
import { bracketFormats } from './bracket-formats.ts';
import { launchChromium, PATIENCE_MS } from './stage.ts';

/** The real app around an engine that tells what a test wants: for content that no honest market brings about. */
export interface ScriptedApp {
  /** Opens a page of the app in that scene. */
  open(scene: string, path: string, options?: OpenOptions): Promise<ScriptedPage>;
  close(): Promise<void>;
}

/** How a page is opened. */
export interface OpenOptions {
  /** Puts off what the engine tells, as one that has to ask relays does. */
  readonly lateMs?: number;
  /** What the browser keeps as the wished language. */
  readonly language?: string;
  readonly viewport?: { readonly width: number; readonly height: number };
  /** Speaks the language of `scripted/pseudo.ts` in the place of German, and marks what people wrote. */
  readonly pseudo?: boolean;
}

/** One opened page. */
export interface ScriptedPage {
  readonly page: Page;
  /** Uncaught errors, and loads that the content security policy refused. */
  readonly faults: readonly string[];
  /** Addresses of other hosts that the page asked for. */
  readonly strangers: readonly string[];
  /** Loads another scene into it. */
  goTo(scene: string, path: string): Promise<void>;
  close(): Promise<void>;
}

const WEB = join(import.meta.dirname, '..', '..', 'web');
const SCRIPTED_ENGINE = join(import.meta.dirname, 'scripted', 'engine.ts');

/** Builds the app with the engine of `scripted/` in the place of its own, and opens a browser. */
export async function openScriptedApp(): Promise<ScriptedApp> {
  const outDir = mkdtempSync(join(tmpdir(), 'coinop-scripted-'));
  const configFile = join(WEB, 'vite.config.ts');
  await build({
    configFile,
    logLevel: 'error',
    plugins: [
      {
        name: 'scripted-engine',
        enforce: 'pre',
        resolveId: (source, importer) =>
          source === './engine/index.ts' && importer === join(WEB, 'main.tsx') ? SCRIPTED_ENGINE : null,
      },
      {
        name: 'pseudo-language',
        transform: (code, id) =>
          id.endsWith('strings.de.ts')
            ? `import { spoken } from '${SCRIPTED_ENGINE}';
               ${code.replace('export const strings', 'const german')}
               export const strings = spoken(german);`
            : null,
      },
    ],
    build: { outDir, minify: false },
  });
  const server = await preview({
    configFile,
    logLevel: 'error',
    build: { outDir },
    preview: { port: 0, host: '127.0.0.1', strictPort: false },
  });
  const url = server.resolvedUrls?.local[0] ?? '';
  const browser = await launchChromium();
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 900 } });
  context.setDefaultTimeout(PATIENCE_MS);
  return {
    open: (scene, path, options = {}) =>
      openPage(context, (to, at) => `${url}?scene=${to}${asked(options)}${at}`, { scene, path, ...options }),
    async close() {
      await browser.close();
      await server.close();
      rmSync(outDir, { recursive: true, force: true });
    },
  };
}

async function openPage(
  context: BrowserContext,
  urlOf: (scene: string, path: string) => string,
  {
    scene,
    path,
    viewport,
    language,
    pseudo,
  }: OpenOptions & { readonly scene: string; readonly path: string },
): Promise<ScriptedPage> {
  const url = urlOf(scene, path);
  const page = await context.newPage();
  if (viewport !== undefined) await page.setViewportSize(viewport);
  if (language !== undefined)
    await page.addInitScript((wish) => localStorage.setItem('coinop-language', wish), language);
  const faults: string[] = [];
  const strangers: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (/content security policy/i.test(message.text())) faults.push(message.text());
  });
  page.on('request', (request) => {
    const isOwn = request.url().startsWith(new URL(url).origin) || /^(blob|data):/.test(request.url());
    if (!isOwn) strangers.push(request.url());
  });
  if (pseudo === true) await page.addInitScript(bracketFormats);
  await page.goto(url);
  return {
    page,
    faults,
    strangers,
    goTo: async (to, at) => void (await page.goto(urlOf(to, at))),
    close: () => page.close(),
  };
}

function asked({ lateMs, pseudo }: OpenOptions): string {
  return `${lateMs === undefined ? '' : `&late=${lateMs}`}${pseudo === true ? '&pseudo' : ''}`;
}
