import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { msat, orThrow, type Msat } from '../../src/protocol/index.ts';
import {
  failureOf,
  HALF_CHANNEL_MSAT,
  hold,
  invoiceOf,
  open,
  pay,
  RESERVE_MSAT,
  spendable,
  stateOf,
  temporaryDir,
} from './bank-steps.ts';

test('brings back balances, channels and held payments after a restart', async () => {
  const dir = await temporaryDir();
  const first = await open(dir);
  const [provider, customer] = [first.wallet('provider'), first.wallet('customer')];
  orThrow(await pay(customer, (await invoiceOf(provider, 123_456n)).bolt11));
  const settled = await hold(customer, provider, 2_000_000n);
  const returned = await hold(provider, customer, 500_000n);
  const balances = [await spendable(provider), await spendable(customer)];
  await first.close();
  expect(await failureOf(settled.paying)).toMatchObject({ code: 'wallet-unreachable' });

  const second = await open(dir);
  const [providerAgain, customerAgain] = [second.wallet('provider'), second.wallet('customer')];
  expect([await spendable(providerAgain), await spendable(customerAgain)]).toEqual(balances);
  const paying = pay(customerAgain, settled.record.bolt11 ?? '');
  orThrow(await providerAgain.settleHold({ preimage: settled.preimage }));
  orThrow(await customerAgain.cancelHold({ paymentHash: returned.paymentHash }));
  expect(await paying).toMatchObject({ ok: true, value: { preimage: settled.preimage } });
  expect(await failureOf(pay(providerAgain, returned.record.bolt11 ?? ''))).toMatchObject({
    code: 'payment-failed',
  });
  const initial: Msat = msat(HALF_CHANNEL_MSAT - RESERVE_MSAT);
  expect(await spendable(providerAgain)).toBe(initial + 2_123_456n);
  expect(await spendable(customerAgain)).toBe(initial - 2_123_456n);
  await second.close();
});

test('replaces a worn thread without its wallets noticing', async () => {
  const dir = await temporaryDir();
  const bank = await open(dir, { recycleAfterPayments: 5 });
  const [provider, customer] = [bank.wallet('provider'), bank.wallet('customer')];
  const held = await hold(customer, provider, 1_000_000n);
  for (let round = 0; round < 3; round += 1) {
    const paid = await Promise.all(
      Array.from({ length: 6 }, async () => pay(customer, (await invoiceOf(provider, 1_000n)).bolt11)),
    );
    expect(paid.filter(({ ok }) => ok)).toHaveLength(6);
  }
  await expect.poll(async () => (await bank.stats()).threadsStarted, { timeout: 20_000 }).toBeGreaterThan(1);
  orThrow(await provider.settleHold({ preimage: held.preimage }));
  expect(await held.paying).toMatchObject({ ok: true });
  expect(await spendable(customer)).toBe(HALF_CHANNEL_MSAT - RESERVE_MSAT - 1_018_000n);
  await bank.close();
});

test('goes on with a new thread after LDK broke down in the middle of its work', async () => {
  const dir = await temporaryDir();
  const armed = join(dir, 'armed');
  const checkpointModule = new URL('./break-once.ts', import.meta.url);
  checkpointModule.searchParams.set('armed', armed);
  const bank = await open(dir, { checkpointModule });
  const [provider, customer] = [bank.wallet('provider'), bank.wallet('customer')];
  const invoice = await invoiceOf(provider, 5_000n);
  await writeFile(armed, '');
  expect(await pay(customer, invoice.bolt11)).toMatchObject({ ok: true });
  expect(await stateOf(provider, invoice.paymentHash)).toBe('settled');
  expect(await spendable(customer)).toBe(HALF_CHANNEL_MSAT - RESERVE_MSAT - 5_000n);
  expect((await bank.stats()).threadsStarted).toBe(2);
  await bank.close();
});

test('a start that is called off leaves a bank that starts afresh', async () => {
  const dir = await temporaryDir();
  await expect(open(dir, { signal: AbortSignal.abort(new Error('called off')) })).rejects.toThrow(
    'called off',
  );
  const bank = await open(dir, { roles: ['only'] });
  expect((await bank.stats()).roles).toEqual(['only']);
  await bank.close();
  expect(await failureOf(bank.wallet('only').balance())).toMatchObject({ code: 'wallet-unreachable' });
  await bank.close();
});
