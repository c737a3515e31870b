import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createRefundResolver } from '../../src/account/refund-address.ts';
import { unixNow } from '../../src/clock/index.ts';
import { createGuardedFetch } from '../../src/http/node.ts';
import { msat, satsToMsat, verifyEvent } from '../../src/protocol/index.ts';
import { createMemoryZapRecords, createPayServer } from '../../src/zaps/index.ts';
import { openBuyingStage, type BuyingStage } from '../customer/stage.ts';
import { faultyWallet } from '../customer/faulty-wallet.ts';
import { openHttpStage, type HttpStage } from '../fixtures/http-stage.ts';
import { balanceOf, openDebtor, PAID_MSAT } from './stage.ts';

let stage: BuyingStage;
let server: HttpStage;

beforeAll(async () => {
  stage = await openBuyingStage();
  server = await openHttpStage(async (request) => {
    const payServer = createPayServer({
      origin: server.origin,
      recipientOf: (name) => (name === 'me' ? { pubkey: 'aa'.repeat(32), description: 'Me' } : null),
      wallet: stage.wallet(),
      network: 'regtest',
      receiptPubkey: 'bb'.repeat(32),
      records: createMemoryZapRecords(),
      verify: verifyEvent,
      minMsat: msat(1_000n),
      maxMsat: satsToMsat(1_000),
      relays: [],
      now: unixNow,
    });
    return (await payServer.handle(request)) ?? new Response('elsewhere', { status: 404 });
  });
}, 60_000);
afterEach(() => stage.sweep());
afterAll(async () => {
  await server.close();
  await stage.close();
});

const fetch = () => createGuardedFetch({ allowHosts: [server.host] });

/** A provider with the resolver of an account, and what it says after it owed a refund to this address. */
async function owe(lud16: string, told: Partial<Parameters<typeof createRefundResolver>[0]> = {}) {
  const parts = { fetch: fetch(), wallet: stage.bank.wallet('alice'), ...told };
  const debtor = openDebtor(stage, { resolveRefundInvoice: createRefundResolver(parts) });
  const debt = await debtor.owe({ request: { refundLud16: lud16 } });
  return { settled: await debtor.settle(debt), troubles: debtor.troubles };
}

describe('a refund through the account’s resolver', () => {
  test('is paid to the customer’s real lightning address', async () => {
    const before = await balanceOf(stage, 'customer');
    const { settled, troubles } = await owe(`me@${server.host}`);
    expect(troubles).toEqual([]);
    expect(settled).toMatchObject({ money: 'refunded', refund: { via: 'lud16', amountMsat: PAID_MSAT } });
    expect(await balanceOf(stage, 'customer')).toBe(before); // the job was paid in between
  });

  test.each([
    ['nobody has the name', () => `you@${server.host}`, {}, 'endpoint-refused'],
    ['the address is of a private network', () => 'me@127.0.0.1:1', {}, 'url-private'],
    ['there is no wallet', () => `me@${server.host}`, { wallet: null }, 'wallet-missing'],
  ])('is left to be claimed where %s', async (_, lud16, told, code) => {
    const { settled, troubles } = await owe(lud16(), told);
    expect(settled).toMatchObject({ money: 'refund-due', refund: { via: 'claim' } });
    expect(troubles).toMatchObject([{ code }]);
  });

  test('is agreed in the clear with play money only', async () => {
    const alice = stage.bank.wallet('alice');
    const wallet = {
      ...faultyWallet(alice, {}),
      capabilities: async () => {
        const able = await alice.capabilities();
        return able.ok ? { ...able, value: { ...able.value, network: 'bitcoin' as const } } : able;
      },
    };
    const { settled, troubles } = await owe(`me@${server.host}`, { wallet });
    expect(settled.money).toBe('refund-due');
    expect(troubles).toMatchObject([{ code: 'insecure-url' }]);
  });
});
