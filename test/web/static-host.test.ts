import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { builtWebApp } from '../../scripts/web-app.ts';
import { formatNcryptsec, generateSecretKey } from '../../src/keys/index.ts';
import { openWebStage, PATIENCE_MS, STAGE_MS, type WebStage } from './stage.ts';

/** Where the files lie on the host, which knows of no market. */
const FOLDER = '/apps/coinop/';
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};
const PASSWORD = 'a long pass word';

let stage: WebStage;
let host: Server;
let app: string;

beforeAll(async () => {
  stage = await openWebStage();
  host = await serveFiles(builtWebApp());
  app = `http://127.0.0.1:${(host.address() as AddressInfo).port}${FOLDER}`;
}, STAGE_MS);

afterAll(async () => {
  await stage.close();
  host.closeAllConnections();
  await new Promise((closed) => host.close(closed));
});

test(
  'a plain host of files is enough: the app goes to relay and wallet by itself, and buys',
  async () => {
    const visit = await stage.visit();
    const { page, faults } = visit;
    await page.goto(`${app}#/you`);
    await page.getByLabel('Add a relay').fill(stage.url.replace('http', 'ws'));
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByText('Encrypted key', { exact: true }).click();
    await page.getByLabel('Encrypted key (ncryptsec1…)').fill(formatNcryptsec(generateSecretKey(), PASSWORD));
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Open the key' }).click();
    const signOut = page.getByRole('button', { name: /sign out/i });
    await signOut.first().waitFor();

    await page.goto(`${app}#/wallet`);
    await page.getByLabel('Connection string').fill(await playWallet());
    expect(await page.getByRole('button', { name: 'Take a play wallet' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await page.getByText('Connected wallet').first().waitFor();

    await page.goto(`${app}#/new/5001`);
    await page.getByLabel(/^What to condense/).fill('A red fox sleeps under the old bridge. It snores.');
    await page.getByRole('button', { name: 'Post the request' }).click();
    await page.getByRole('button', { name: 'Take' }).first().click();
    await page.getByRole('dialog').getByRole('button', { name: 'Approve and pay' }).click();
    await page.getByText('Paid, and the result is here.').waitFor();
    await page.reload();
    await page.getByText('Paid, and the result is here.').waitFor();
    expect(page.url()).toMatch(new RegExp(`^${app}#/run/[0-9a-f]{64}$`));
    expect(faults).toEqual([]);
    await visit.close();
  },
  6 * PATIENCE_MS,
);

/** A wallet of the market, by its connection string. */
async function playWallet(): Promise<string> {
  const answer = await fetch(`${stage.url}/play-wallet`, { method: 'POST', headers: { origin: stage.url } });
  const { uri } = (await answer.json()) as { readonly uri: string };
  return uri;
}

/** What the plainest host does: files by their names, and nothing else. */
async function serveFiles(dir: string): Promise<Server> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://host');
    const name = pathname === FOLDER ? 'index.html' : normalize(pathname.slice(FOLDER.length));
    const file = join(dir, name);
    const isThere =
      pathname.startsWith(FOLDER) && !name.startsWith('..') && existsSync(file) && statSync(file).isFile();
    const type = isThere ? (TYPES[extname(file)] ?? 'application/octet-stream') : 'text/plain';
    response.writeHead(isThere ? 200 : 404, { 'content-type': type });
    if (isThere) createReadStream(file).pipe(response);
    else response.end('There is no such file.');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return server;
}
