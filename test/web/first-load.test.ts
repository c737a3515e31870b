import { gzipSync } from 'node:zlib';
import type { Page } from '@playwright/test';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openWebStage, STAGE_MS, type WebStage } from './stage.ts';

/** What may be fetched before the market can be used. */
const MOST_KB = 190;

let stage: WebStage;

beforeAll(async () => {
  stage = await openWebStage();
}, STAGE_MS);

afterAll(() => stage.close());

test(`the market can be used after ${MOST_KB} KB, and nothing of what comes later is among them`, async () => {
  const visit = await stage.visit();
  await visit.page
    .getByText(/^\d+ live$/)
    .first()
    .waitFor();
  const names = [...(await fetchedBy(visit.page))].filter((name) => name.startsWith(`${stage.url}/`));
  const sizes = await Promise.all(names.map(async (name) => [name, await gzipBytes(name)] as const));
  const bytes = sizes.reduce((sum, [, size]) => sum + size, 0);
  const told = sizes.map(([name, size]) => `${size} ${name.slice(stage.url.length)}`).join('\n');
  expect(names.filter((name) => name.endsWith('.js')).length, told).toBeGreaterThan(1);
  expect(bytes, told).toBeLessThanOrEqual(MOST_KB * 1000);
  expect(names.filter((name) => name.includes('/kinds-')).length, told).toBe(1); // shared with the worker
  expect(names.filter((name) => name.endsWith('.wasm'))).toEqual([]);
  await visit.close();
}, 60_000);

/** By the page and its workers, whose scripts load further ones. */
async function fetchedBy(page: Page): Promise<Set<string>> {
  const namesIn = () => performance.getEntriesByType('resource').map(({ name }) => name);
  const inWorkers = await Promise.all(page.workers().map((worker) => worker.evaluate(namesIn)));
  const workers = page.workers().map((worker) => worker.url());
  return new Set([`${stage.url}/`, ...(await page.evaluate(namesIn)), ...workers, ...inWorkers.flat()]);
}

async function gzipBytes(url: string): Promise<number> {
  const answer = await fetch(url);
  return gzipSync(new Uint8Array(await answer.arrayBuffer()), { level: 9 }).length;
}
