import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  reconcile,
  totalBooks,
  type BookedItem,
  type Finding,
  type ReconcileOptions,
} from '../../src/account/index.ts';
import { unixNow } from '../../src/clock/index.ts';
import { readReceipts } from '../../src/gateway/index.ts';
import { openSqlGatewayJobs } from '../../src/gateway/sql.ts';
import { orThrow, satsToMsat, success } from '../../src/protocol/index.ts';
import { JobFailure, service } from '../../src/provider/index.ts';
import { openSeller, type Seller } from '../provider/stage.ts';
import {
  openGatewayStage,
  pay,
  proof,
  quoteOf,
  untilJob,
  type ClientQuote,
  type GatewayStage,
  type GatewayUnderTest,
} from './stage.ts';

const ORDER = { inputs: ['a red fox'], max_sats: 100, deadline_seconds: 60 };
const HOLD = { ...ORDER, payment: 'hold' };
const FOREVER = Number.MAX_SAFE_INTEGER;

let stage: GatewayStage;
let seller: Seller;
let gateway: GatewayUnderTest;
const jobs = openSqlGatewayJobs({ path: ':memory:' });
beforeAll(async () => {
  stage = await openGatewayStage();
  seller = await openSeller(stage, [
    service({ kind: 5750, priceSats: 20, handler: async () => 'done' }),
    service({
      kind: 5751,
      priceSats: 20,
      handler: async () => Promise.reject(new JobFailure('broken', 'No.')),
    }),
  ]);
  gateway = await stage.openGateway({ jobs, limits: { offerSeconds: 3 } });
}, 60_000);
afterAll(async () => {
  await seller.close();
  await stage.close();
  await jobs.close();
}, 60_000);

async function paidQuote(kind: number): Promise<{ quote: ClientQuote; preimage: string }> {
  const quote = await quoteOf(gateway.url, kind, ORDER);
  return { quote, preimage: await pay(stage.clientWallet, quote.invoice) };
}

async function ownBalance(): Promise<bigint> {
  return orThrow(await stage.bank.wallet('gateway').balance()).spendableMsat;
}

async function findings(told: Partial<ReconcileOptions> = {}): Promise<Finding[]> {
  const { ledger, customer } = gateway;
  const found: Finding[] = [];
  orThrow(
    await reconcile({
      ledger,
      wallet: stage.bank.wallet('gateway'),
      ecash: null,
      clients: readReceipts({ jobs, spending: ledger.spending }),
      pubkey: customer.pubkey,
      dryRun: false,
      since: 0,
      onFinding: (finding) => void found.push(finding),
      now: unixNow,
      signal: new AbortController().signal,
      ...told,
    }),
  );
  return found;
}

test('what clients paid is booked for good: earned, paid back or owed, to the millisat of the wallet', async () => {
  const before = await ownBalance();
  const done = await paidQuote(5750);
  await untilJob(done.quote, 'done');

  const back = await paidQuote(5751);
  const { refund_sats: owed } = await untilJob(back.quote, 'refund-due');
  const invoice = orThrow(
    await stage.clientWallet.makeInvoice({ amountMsat: satsToMsat(Number(owed)), expirySeconds: 600 }),
  );
  const headers = proof(back.quote, back.preimage);
  const body = JSON.stringify({ invoice: invoice.bolt11 });
  expect(await fetch(`${back.quote.job}/refund`, { method: 'POST', headers, body })).toMatchObject({
    status: 200,
  });

  const locked = await quoteOf(gateway.url, 5750, HOLD);
  await pay(stage.clientWallet, locked.invoice);
  await untilJob(locked, 'done');

  const released = await quoteOf(gateway.url, 5751, HOLD);
  const feeLimitMsat = satsToMsat(10);
  expect(await stage.clientWallet.pay({ bolt11: released.invoice, feeLimitMsat })).toMatchObject({
    ok: false,
  });
  await untilJob(released, 'released');

  const due = await paidQuote(5751);
  await untilJob(due.quote, 'refund-due');

  const missed = await quoteOf(gateway.url, 5750, ORDER);
  await gateway.gateway.close();
  await jobs.forgetEnded(FOREVER);

  const { ledger, customer } = gateway;
  const clients = readReceipts({ jobs, spending: ledger.spending });
  const items: BookedItem[] = [];
  const books = { ledger, ecash: null, pubkey: customer.pubkey, clients };
  const totals = await totalBooks(books, (item) => items.push(item));
  expect(items.filter(({ type }) => type === 'client').map(({ state }) => state)).toEqual([
    'done',
    'refunded',
    'done',
    'released',
    'refund-due',
  ]);
  expect([...totals.values()].reduce((sum, amountMsat) => sum + amountMsat, 0n)).toBe(0n);
  expect(totals.get('wallet')).toBe((await ownBalance()) - before);
  const price = satsToMsat(25);
  expect(Object.fromEntries(totals)).toMatchObject({
    earned: satsToMsat(Number(owed)) - 3n * price,
    'owed-to-customers': 0n - price,
    'paid-for-work': satsToMsat(40),
    'paid-for-other': 0n,
    held: 0n,
  });

  expect(await findings()).toEqual([]);
  await pay(stage.clientWallet, missed.invoice);
  expect((await findings()).map(({ code, standing }) => [code, standing])).toEqual([
    ['paid-awaits-gateway', 'open'],
  ]);
}, 120_000);

test('a wallet that shows nothing of what clients paid is another one', async () => {
  const real = stage.bank.wallet('gateway');
  const wallet = { ...real, lookup: async () => success(null), list: async () => success([]) };
  const ofClients = (await findings({ wallet, dryRun: true })).filter(({ subject }) => subject === 'client');
  expect(ofClients.map(({ code, standing }) => [code, standing])).toEqual(
    Array.from({ length: 4 }, () => ['receipt-not-in-wallet', 'serious']),
  );
});
