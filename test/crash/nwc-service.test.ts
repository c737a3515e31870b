import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { generateSecretKey } from '../../src/keys/index.ts';
import { createNwcConnection, type NwcGrant } from '../../src/money/index.ts';
import { asJsonObject, type JsonObject } from '../../src/money/nwc-protocol.ts';
import { openSqlNwcConnections } from '../../src/money/sql.ts';
import { msat, orThrow } from '../../src/protocol/index.ts';
import { openHandDrivenClient, type HandDrivenClient } from '../fixtures/hand-driven-client.ts';
import { openNwcMarket, type NwcMarket } from '../fixtures/nwc-market.ts';
import { unixNow } from '../fixtures/nwc-stage.ts';
import { CHILD_ENVIRONMENT } from '../fixtures/child-environment.ts';
import { programFile } from '../fixtures/program-file.ts';

const PATIENCE = { timeout: 20_000 };
const BUDGET_MSAT = 50_000n;
let market: NwcMarket;
let dir: string;
let lives = 0;
beforeAll(async () => {
  market = await openNwcMarket();
  dir = await mkdtemp(join(tmpdir(), 'coinop-nwc-crash-'));
});
afterAll(async () => {
  await market.close();
  await rm(dir, { recursive: true, force: true });
});

let path: string;
let walletUri: string;
let client: HandDrivenClient;
let service: ChildProcess | null = null;
const end = new AbortController();
beforeEach(async () => {
  path = join(dir, `${(lives += 1)}.sqlite`);
  walletUri = await market.serve('customer');
  const { uri, ...keys } = createNwcConnection({ relayUrls: [market.relay.url] });
  const budget = { amountMsat: msat(BUDGET_MSAT), renewal: 'never' } as const;
  const grant: NwcGrant = { ...keys, name: 'agent', scope: 'own-payments', budget, createdAt: unixNow() };
  const connections = openSqlNwcConnections({ path });
  orThrow(await connections.add(grant));
  await connections.close();
  client = await openHandDrivenClient({ uri, pool: market.openPool(), signal: end.signal });
});
afterEach(async () => {
  await killService();
});
afterAll(() => end.abort());

async function startService(env: Readonly<Record<string, string>> = {}): Promise<void> {
  const program = programFile(new URL('./nwc-service-process.ts', import.meta.url));
  const child = spawn(process.execPath, [program, path, market.relay.url], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...CHILD_ENVIRONMENT, WALLET_URI: walletUri, ...env },
  });
  service = child;
  await once(child.stdout, 'data');
}

/** As sudden as a process can end. */
async function killService(): Promise<void> {
  if (service?.exitCode === null && service.signalCode === null) {
    const closed = once(service, 'close');
    service.kill('SIGKILL');
    await closed;
  }
  service = null;
}

async function ask(method: string, params: JsonObject = {}): Promise<JsonObject> {
  const request = await client.send(method, params);
  await expect.poll(() => client.answersTo(request).length, PATIENCE).toBe(1);
  return client.answersTo(request)[0] ?? {};
}

const resultOf = (answer: JsonObject): JsonObject => asJsonObject(answer['result']) ?? {};
const used = async () => resultOf(await ask('get_budget'))['used_budget'];
const stateOf = async (payment_hash: string) =>
  resultOf(await ask('lookup_invoice', { payment_hash }))['state'];

/** A hold invoice of 40 sat, of which two exceed the budget. */
async function holdInvoice() {
  const preimage = bytesToHex(generateSecretKey());
  const paymentHash = bytesToHex(sha256(hexToBytes(preimage)));
  const terms = { amountMsat: msat(40_000n), paymentHash, description: 'held', expirySeconds: 600 };
  const made = orThrow(await market.bankWallet('provider').makeHoldInvoice(terms));
  return { preimage, paymentHash, invoice: made.bolt11 ?? '' };
}

async function untilHeld(paymentHash: string): Promise<void> {
  const state = async () => orThrow(await market.bankWallet('provider').lookup({ paymentHash }))?.state;
  await expect.poll(state, PATIENCE).toBe('accepted');
}

test('a service killed while its payment is held keeps the budget reserved, and learns how it ended', async () => {
  const [held, second] = [await holdInvoice(), await holdInvoice()];
  await startService();
  await client.send('pay_invoice', { invoice: held.invoice });
  await untilHeld(held.paymentHash);
  await killService();

  await startService();
  expect(await used()).toBe(45_000);
  expect(await ask('pay_invoice', { invoice: second.invoice })).toMatchObject({
    error: { code: 'QUOTA_EXCEEDED' },
  });
  await killService();
  await market.bankWallet('provider').settleHold(held);
  await startService();
  await expect.poll(() => stateOf(held.paymentHash), PATIENCE).toBe('settled');
  const cost = Number(await used());
  expect(cost).toBeGreaterThanOrEqual(40_000);
  expect(cost).toBeLessThan(45_000);
  expect(await ask('pay_invoice', { invoice: held.invoice })).toMatchObject({
    result: { preimage: held.preimage },
  });
  expect(await used()).toBe(cost);
}, 60_000);

test('a service killed while its payment is held gives the budget back once the payment failed', async () => {
  const held = await holdInvoice();
  await startService();
  await client.send('pay_invoice', { invoice: held.invoice });
  await untilHeld(held.paymentHash);
  await killService();
  await market.bankWallet('provider').cancelHold(held);
  await startService();
  await expect.poll(() => stateOf(held.paymentHash), PATIENCE).toBe('failed');
  expect(await used()).toBe(0);
}, 60_000);

test('a service killed between reserving and sending keeps the budget reserved, and pays once when asked again', async () => {
  const [held, second] = [await holdInvoice(), await holdInvoice()];
  await startService({ DIE_AT: 'reserved' });
  const dead = service === null ? null : once(service, 'close');
  const request = await client.send('pay_invoice', { invoice: held.invoice });
  expect(await dead).toEqual([null, 'SIGKILL']);

  await startService();
  expect(await stateOf(held.paymentHash)).toBe('pending');
  expect(await used()).toBe(45_000);
  expect(await ask('pay_invoice', { invoice: second.invoice })).toMatchObject({
    error: { code: 'QUOTA_EXCEEDED' },
  });
  await client.publish(request); // sent again by a relay: it was carried out as far as it will be
  expect(await stateOf(held.paymentHash)).toBe('pending');
  const again = await client.send('pay_invoice', { invoice: held.invoice });
  await untilHeld(held.paymentHash);
  await market.bankWallet('provider').settleHold(held);
  await expect
    .poll(() => client.answersTo(again), PATIENCE)
    .toMatchObject([{ result: { preimage: held.preimage } }]);
  expect(client.answersTo(request)).toEqual([]);
  expect(Number(await used())).toBeLessThan(45_000);
}, 60_000);
