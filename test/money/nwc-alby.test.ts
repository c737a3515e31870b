import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { NWCClient, type Nip47GetBudgetResponse } from '@getalby/sdk/nwc';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { generateSecretKey } from '../../src/keys/index.ts';
import { msat } from '../../src/protocol/index.ts';
import { openNwcMarket, type NwcMarket } from '../fixtures/nwc-market.ts';
import { unixNow } from '../fixtures/nwc-stage.ts';

let market: NwcMarket;
beforeAll(async () => {
  market = await openNwcMarket();
  // The SDK prints each refusal and its view of NIP-04 besides telling its caller.
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
});
afterAll(async () => {
  vi.restoreAllMocks();
  await market.close();
});

/** The client most wallets are used with, unmodified; `nip04` makes it believe that the wallet knows nothing newer. */
class LegacyClient extends NWCClient {
  override async getWalletServiceInfo() {
    return { ...(await super.getWalletServiceInfo()), encryptions: ['nip04'] };
  }
}

describe.each([
  ['nip44_v2', NWCClient],
  ['nip04', LegacyClient],
] as const)("Alby's client over %s", (scheme, Client) => {
  let payer: NWCClient;
  let payee: NWCClient;
  beforeAll(async () => {
    payer = new Client({ nostrWalletConnectUrl: await market.serve('customer') });
    payee = new Client({ nostrWalletConnectUrl: await market.serve('provider') });
  });
  afterAll(() => {
    payer.close();
    payee.close();
  });

  test('learns what the wallet can do', async () => {
    const info = await payer.getInfo();
    expect(payer.encryptionType).toBe(scheme);
    expect(info).toMatchObject({ alias: 'coinop play money', network: 'regtest' });
    expect(info.methods).toContain('make_hold_invoice');
    expect(info.notifications).toEqual(['payment_received', 'payment_sent', 'hold_invoice_accepted']);
    const service = await payer.getWalletServiceInfo();
    expect(service.capabilities).toContain('notifications');
  });

  test('pays an invoice and finds it on both sides', async () => {
    const { balance: before } = await payee.getBalance();
    const invoice = await payee.makeInvoice({ amount: 21_000, description: 'one job' });
    expect(invoice).toMatchObject({ type: 'incoming', amount: 21_000, description: 'one job' });
    expect(invoice.expires_at - invoice.created_at).toBe(3_600);
    const { preimage } = await payer.payInvoice({ invoice: invoice.invoice });
    expect(bytesToHex(sha256(hexToBytes(preimage)))).toBe(invoice.payment_hash);
    await expect.poll(() => payee.getBalance()).toEqual({ balance: before + 21_000 });
    const { payment_hash } = invoice;
    expect(await payee.lookupInvoice({ payment_hash })).toMatchObject({ state: 'settled', preimage });
    expect(await payer.lookupInvoice({ invoice: invoice.invoice })).toMatchObject({
      type: 'outgoing',
      preimage,
    });
    const received = await payee.listTransactions({ type: 'incoming', limit: 10 });
    expect(received.transactions[0]).toMatchObject({ payment_hash, state: 'settled', amount: 21_000 });
    const sent = await payer.listTransactions({ type: 'outgoing', limit: 10 });
    expect(sent.transactions[0]).toMatchObject({ payment_hash, state: 'settled', amount: 21_000 });
  });

  test('holds, hears of it, settles and cancels', async () => {
    const preimage = bytesToHex(generateSecretKey());
    const payment_hash = bytesToHex(sha256(hexToBytes(preimage)));
    const heard: string[] = [];
    const stop = await payee.subscribeNotifications(({ notification_type, notification }) => {
      heard.push(`${notification_type} ${notification.state} ${notification.payment_hash}`);
    });
    const held = await payee.makeHoldInvoice({ amount: 5_000, payment_hash, description: 'held job' });
    const paying = payer.payInvoice({ invoice: held.invoice });
    await expect.poll(() => heard).toContain(`hold_invoice_accepted accepted ${payment_hash}`);
    await payee.settleHoldInvoice({ preimage });
    expect(await paying).toMatchObject({ preimage });
    await expect.poll(() => heard).toContain(`payment_received settled ${payment_hash}`);

    const unused = bytesToHex(sha256(hexToBytes(bytesToHex(generateSecretKey()))));
    const second = await payee.makeHoldInvoice({ amount: 5_000, payment_hash: unused });
    const refused = payer.payInvoice({ invoice: second.invoice }).catch((error: unknown) => error);
    await expect.poll(() => heard).toContain(`hold_invoice_accepted accepted ${unused}`);
    await payee.cancelHoldInvoice({ payment_hash: unused });
    expect(await refused).toMatchObject({ code: 'PAYMENT_FAILED' });
    stop();
  });

  test('is told why a request failed', async () => {
    const lookup = payer.lookupInvoice({ payment_hash: 'ab'.repeat(32) });
    await expect(lookup).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(payer.signMessage({ message: 'x' })).rejects.toMatchObject({ code: 'NOT_IMPLEMENTED' });
  });

  test('is told its budget, and when it or its time is over', async () => {
    const scope = 'own-payments';
    const budget = { amountMsat: msat(30_000n), renewal: 'weekly' as const };
    const agent = new Client({
      nostrWalletConnectUrl: await market.serve('customer', { scope, budget, expiresAt: unixNow() + 600 }),
    });
    const { renews_at, ...state } = requireBudget(await agent.getBudget());
    expect(state).toEqual({ used_budget: 0, total_budget: 30_000, renewal_period: 'weekly' });
    expect(new Date(Number(renews_at) * 1000).toISOString()).toMatch(/T00:00:00.000Z$/);
    const { invoice } = await payee.makeInvoice({ amount: 20_000 });
    const { fees_paid } = await agent.payInvoice({ invoice });
    expect(await agent.getBudget()).toMatchObject({ used_budget: 20_000 + fees_paid });
    expect(await agent.getBalance()).toEqual({ balance: 10_000 - fees_paid });
    const { invoice: dearer } = await payee.makeInvoice({ amount: 10_000 });
    await expect(agent.payInvoice({ invoice: dearer })).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
    const { transactions } = await agent.listTransactions({});
    expect(transactions).toMatchObject([{ type: 'outgoing', state: 'settled', invoice }]);
    agent.close();
    expect(await payer.getBudget()).toEqual({});

    const late = new Client({
      nostrWalletConnectUrl: await market.serve('customer', { scope, expiresAt: unixNow() }),
    });
    await expect(late.payInvoice({ invoice: dearer })).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    await expect(late.getBalance()).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    late.close();
  });
});

function requireBudget(state: Nip47GetBudgetResponse) {
  if (!('used_budget' in state)) throw new Error('There is no budget.');
  return state;
}
