import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesToHex } from '@noble/hashes/utils.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { unixNow } from '../../src/clock/index.ts';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import { openPostgresLedger } from '../../src/ledger/sql.ts';
import { openNwcMarket, type NwcMarket } from '../fixtures/nwc-market.ts';
import { startPostgres, type PostgresServer } from '../fixtures/postgres-server.ts';
import { programFile } from '../fixtures/program-file.ts';
import { bringCustomers } from './customers.ts';
import { startMachine, type Machine } from './machine.ts';
import { PRICE_SATS, SOLD } from './sold.ts';

let market: NwcMarket;
let server: PostgresServer;
let home: string;
const machines: Machine[] = [];

beforeAll(async () => {
  market = await openNwcMarket();
  server = await startPostgres();
  home = await mkdtemp(join(tmpdir(), 'coinop-paused-'));
}, 60_000);
afterAll(async () => {
  for (const machine of machines) machine.signal('SIGKILL');
  await Promise.all(machines.map(({ ended }) => ended));
  await market.close();
  await server.remove();
  await rm(home, { recursive: true, force: true });
}, 60_000);

it('a worker that wakes after its lease was taken over doubles neither the delivery nor the payment', async () => {
  const over = AbortSignal.timeout(90_000);
  const secretKey = generateSecretKey();
  const { pubkey } = secretKeySigner(secretKey);
  const env = {
    COINOP_DATABASE_URL: await server.newDatabase(),
    NWC_URL: await market.serve('provider'),
    SECRET_KEY: bytesToHex(secretKey),
  };
  const start = (seat: string, more: Readonly<Record<string, string>> = {}) => {
    const program = programFile(new URL('./provider-process.ts', import.meta.url));
    const machine = startMachine(program, {
      dir: join(home, seat),
      relayUrl: market.relay.url,
      env: { ...env, ...more },
    });
    machines.push(machine);
    return machine;
  };
  const sleeper = start('sleeper', { COINOP_DAWDLES: 'yes' });
  await sleeper.ready;
  const customers = await bringCustomers(market, pubkey, over);
  const job = await customers.ask('hold', 'a long job');
  const isAbout = (t: string) => (said: { readonly t: string; readonly requestId?: unknown }) =>
    said.t === t && said.requestId === job.requestId;
  await sleeper.said(isAbout('working'));
  sleeper.signal('SIGSTOP');

  const successor = start('successor');
  await successor.said(isAbout('worked'));
  await customers.served();
  await customers.paid();
  sleeper.signal('SIGCONT');
  sleeper.signal('SIGUSR2');
  await sleeper.said(isAbout('worked'));
  sleeper.signal('SIGTERM'); // which finishes, and would deliver, what it has
  await sleeper.ended;

  const results = await market
    .openPool()
    .query([market.relay.url], [{ kinds: [SOLD.hold + 1000], authors: [pubkey] }]);
  expect(results).toHaveLength(1);
  const ledger = await openPostgresLedger({ url: env.COINOP_DATABASE_URL, now: unixNow });
  try {
    const sale = await ledger.sales.get(pubkey, job.requestId);
    expect(sale).toMatchObject({
      work: 'closed',
      money: 'settled',
      attempts: 2,
      result: { id: results[0]?.id },
    });
  } finally {
    await ledger.close();
  }
  expect(job.invoices.size).toBe(1);
  const received = await market.bankWallet('provider').list({ direction: 'incoming' });
  expect(received.ok && received.value.filter(({ state }) => state === 'settled')).toMatchObject([
    { amountMsat: BigInt(PRICE_SATS) * 1000n },
  ]);
}, 120_000);
