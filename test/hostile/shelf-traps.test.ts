import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createGuardedFetch } from '../../src/http/node.ts';
import {
  parseJobFeedback,
  parseJobResult,
  satsToMsat,
  type JobInput,
  type NostrEvent,
} from '../../src/protocol/index.ts';
import type { Sale } from '../../src/ledger/index.ts';
import { service } from '../../src/provider/index.ts';
import type { RelayPool } from '../../src/relays/index.ts';
import { shelfContentDiscovery, shelfContentSearch } from '../../src/services/content-discovery/services.ts';
import { shelfTextExtraction } from '../../src/services/shelf-text-extraction.ts';
import { openBuyingStage, type BuyingStage } from '../customer/stage.ts';
import { makePdfBomb, makeZip } from '../fixtures/documents.ts';
import { openScriptedCustomer, type ScriptedCustomer } from '../provider/scripted-customer.ts';
import { openSeller, type Seller } from '../provider/stage.ts';
import { newSigner, openShelfStage, unixNow, type ShelfStage } from '../services/shelf-stage.ts';

const KIND = 5756;
/** Those of one trap that are sent at once. */
const EACH = 2;

let stage: BuyingStage;
let shelves: ShelfStage;
let seller: Seller;
let hostile: ScriptedCustomer;
let honest: ScriptedCustomer;
let server: Server;
let base: string;
/** That of the seller. */
let pool: RelayPool;

const DOCUMENTS: Readonly<Record<string, () => Uint8Array>> = {
  '/zip': () =>
    makeZip([
      { name: '[Content_Types].xml', content: Buffer.from('<Types/>') },
      { name: 'word/document.xml', content: Buffer.alloc(100_000_000) },
    ]),
  '/pdf': () => makePdfBomb(500_000_000),
  '/plain': () => new TextEncoder().encode('a blue whale'),
};

beforeAll(async () => {
  [stage, shelves] = await Promise.all([openBuyingStage(), openShelfStage()]);
  const made = new Map(Object.entries(DOCUMENTS).map(([path, make]) => [path, make()]));
  server = createServer(({ url = '' }, response) => {
    response.setHeader('content-type', 'application/octet-stream').end(made.get(url));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  base = `http://127.0.0.1:${address.port}`;
  pool = stage.openPool();
  const shelf = shelves.openShelf('traps');
  const index = { trusted: [newSigner().pubkey] };
  seller = await openSeller(
    stage,
    [
      { ...(await shelf.open(shelfTextExtraction)), priceMsat: satsToMsat(0) },
      await shelf.open(shelfContentDiscovery, index),
      await shelf.open(shelfContentSearch, index),
      service({ kind: KIND, handler: ({ text }) => Promise.resolve(text.toUpperCase()) }),
    ],
    { relays: pool, fetchInput: createGuardedFetch({ allowHosts: [new URL(base).host] }) },
  );
  [hostile, honest] = await Promise.all([openScriptedCustomer(stage), openScriptedCustomer(stage)]);
}, 60_000);
afterAll(async () => {
  for (const customer of [hostile, honest]) customer.close();
  await seller.close();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
  await shelves.close();
  await stage.close();
});

type Wish = NonNullable<Parameters<ScriptedCustomer['request']>[1]>;

function input(data: string, type: JobInput['type']): JobInput {
  return { data, type, relay: null, marker: null };
}

const ask = (customer: ScriptedCustomer, kind: number, told: Wish) =>
  customer.request(kind, { targets: [seller.provider.pubkey], ...told });

/** The code that a job failed with, or what its result says. */
async function endOf(request: NostrEvent): Promise<string> {
  return vi.waitFor(
    () => {
      for (const event of hostile.answers(request)) {
        const [feedback, result] = [parseJobFeedback(event), parseJobResult(event)];
        if (result.ok) return result.value.content;
        if (feedback.ok && feedback.value.status === 'error') return feedback.value.error?.code ?? 'no code';
      }
      throw new Error('It has not come.');
    },
    { timeout: 20_000 },
  );
}

const EVIL = '(a+)+$|.*.*.*\\1" OR NEAR(* {';

describe('the honest customer is served while another sends', () => {
  test.each<[string, number, () => Wish, string]>([
    ['a zip bomb', 5000, () => ({ inputs: [input(`${base}/zip`, 'url')] }), 'file-too-large'],
    ['a PDF bomb', 5000, () => ({ inputs: [input(`${base}/pdf`, 'url')] }), 'file-too-large'],
    [
      'more jobs to build on than anybody looks for',
      KIND,
      () => ({
        inputs: Array.from({ length: 100 }, (_, n) => input(n.toString(16).padStart(64, '0'), 'job')),
      }),
      'too-many-inputs',
    ],
    [
      'jobs to build on that nobody knows',
      KIND,
      () => ({ inputs: [input('ab'.repeat(32), 'job')] }),
      'input-not-found',
    ],
    ['a search for a text', 5302, () => ({ inputs: [input(EVIL.repeat(500), 'text')] }), 'text-too-long'],
    ['a search for an expression', 5302, () => ({ inputs: [input(EVIL, 'text')] }), '[]'],
    [
      'a search among all authors',
      5302,
      () => ({
        inputs: [input('fox', 'text')],
        params: new Map([
          [
            'users',
            [JSON.stringify(Array.from({ length: 1500 }, (_, n) => n.toString(16).padStart(64, '0')))],
          ],
        ]),
      }),
      '[]',
    ],
    [
      'wishes for a feed without measure',
      5300,
      () => ({
        params: new Map([
          ['max_results', ['9'.repeat(300)]],
          ['user', [EVIL]],
          ['since', ['-1e999']],
        ]),
      }),
      'schema-violation',
    ],
  ])(
    '%s',
    async (_what, kind, wish, end) => {
      const sent = [];
      for (let index = 0; index < EACH; index += 1) sent.push(await ask(hostile, kind, wish()));
      const beside = await ask(honest, KIND, {});
      const behind = await ask(honest, 5000, { inputs: [input(`${base}/plain`, 'url')] });
      expect((await honest.result(beside)).content).toBe('A RED FOX');
      expect((await honest.result(behind)).content).toBe('a blue whale');
      for (const request of sent) expect(await endOf(request)).toBe(end);
    },
    60_000,
  );

  test('relays by the thousand, in a request or as its own: few are connected to', async () => {
    const relays = Array.from({ length: 1500 }, (_, n) => `wss://relay-${n}.example`);
    const listing = relays.map((relay) => ['r', relay]);
    await hostile.publish({ kind: 10_002, created_at: unixNow(), tags: listing, content: '' });
    const sent = [await ask(hostile, KIND, { relays }), await ask(hostile, KIND, { relays: [] })];
    for (const request of [...sent, await ask(honest, KIND, {})]) {
      const isClosed = ({ requestId, work }: Sale) => requestId === request.id && work === 'closed';
      await seller.until(isClosed);
    }
    expect(pool.status().size).toBeLessThanOrEqual(1 + 5 + 3);
  }, 60_000);
});
