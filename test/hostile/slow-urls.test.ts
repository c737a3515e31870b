import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createGuardedFetch } from '../../src/http/node.ts';
import { service, type JobHandler } from '../../src/provider/index.ts';
import { openBuyingStage, type BuyingStage } from '../customer/stage.ts';
import { openScriptedCustomer, type ScriptedCustomer } from '../provider/scripted-customer.ts';
import { openSeller, type Seller } from '../provider/stage.ts';
import { FLOODED_LIMITS } from './floods.ts';

const KIND = 5751;
const URL_KIND = 5752;
/** More than the workers of a service. */
const TRAPS = 6;

let stage: BuyingStage;
let seller: Seller;
let hostile: ScriptedCustomer;
let honest: ScriptedCustomer;
let server: Server;
let base: string;

const shout: JobHandler = ({ text }) => Promise.resolve(text.toUpperCase());

beforeAll(async () => {
  stage = await openBuyingStage();
  server = createServer(({ url = '' }, response) => {
    if (url.startsWith('/drip')) {
      const dripping = setInterval(() => response.write('.'), 20);
      response.on('close', () => clearInterval(dripping));
    } else if (url.startsWith('/round'))
      response.writeHead(302, { location: `/round${Math.random()}` }).end();
    else if (url.startsWith('/flood')) {
      const pour = () => {
        while (!response.destroyed && response.write('x'.repeat(10_000)));
      };
      response.on('drain', pour);
      pour();
    } else response.end('a blue whale');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  base = `127.0.0.1:${address.port}`;
}, 60_000);
afterEach(async () => {
  for (const customer of [hostile, honest]) customer.close();
  await seller.close();
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
  await stage.close();
});

async function ask(customer: ScriptedCustomer, kind: number, url?: string) {
  const input = { data: url ?? 'a red fox', type: url === undefined ? 'text' : 'url' };
  return customer.request(kind, {
    inputs: [{ ...input, relay: null, marker: null }],
    targets: [seller.provider.pubkey],
  });
}

describe('a customer sends workers to where they are kept', () => {
  test.each([
    ['by a body that drips without end', 'drip', 'url-timeout', 500],
    ['by a redirect that leads on and on', 'round', 'too-many-redirects', 20_000],
    ['by a body that pours without end', 'flood', 'url-too-large', 20_000],
  ])(
    '%s: other services go on, and the workers come back',
    async (_how, path, code, timeoutMs) => {
      const sold = [URL_KIND, KIND].map((kind) => service({ kind, handler: shout }));
      const fetchInput = createGuardedFetch({ allowHosts: [base], timeoutMs });
      seller = await openSeller(stage, sold, { limits: FLOODED_LIMITS, fetchInput });
      hostile = await openScriptedCustomer(stage);
      honest = await openScriptedCustomer(stage);
      const trapped = [];
      for (let sent = 0; sent < TRAPS; sent += 1)
        trapped.push(await ask(hostile, URL_KIND, `http://${base}/${path}`));
      const behind = await ask(honest, URL_KIND, `http://${base}/whale`);
      const beside = await ask(honest, KIND);
      expect((await honest.result(beside)).content).toBe('A RED FOX');
      expect((await honest.result(behind)).content).toBe('A BLUE WHALE');
      for (const request of trapped)
        expect((await hostile.feedback(request, 'error')).error).toMatchObject({ code });
    },
    60_000,
  );
});
