import { formatSats, failure, success, type Outcome } from '../protocol/index.ts';
import type { Account } from '../account/index.ts';
import type { Output } from './output.ts';

/** `coinop wallet`: what the connected wallet is, holds and can do; with `list`, its latest payments. */
export async function showWallet(
  account: Account,
  output: Output,
  options: { readonly list: boolean; readonly signal: AbortSignal },
): Promise<Outcome<void>> {
  const { wallet } = account;
  if (!wallet)
    return failure(
      'wallet-missing',
      'No wallet is connected; set NWC_URL or wallet_file, or start `coinop up`.',
    );
  const capabilities = await wallet.capabilities({ signal: options.signal });
  if (!capabilities.ok) return capabilities;
  const balance = await wallet.balance({ signal: options.signal });
  if (!balance.ok) return balance;
  if (options.list) return listPayments(account, output);
  const { network, playMoney, hold, notifications } = capabilities.value;
  const { spendableMsat } = balance.value;
  const ecash = (await account.ecash?.balances()) ?? [];
  output.facts(
    output.json
      ? { spendableMsat, network, playMoney, hold, notifications, ecash }
      : {
          balance: `${formatSats(spendableMsat)}${playMoney ? ' (play money)' : ''}`,
          ...Object.fromEntries(
            ecash.map(({ mintUrl, amountMsat }) => [`ecash at ${mintUrl}`, formatSats(amountMsat)]),
          ),
          network,
          'hold invoices': hold ? 'yes' : 'no',
          notifications: notifications ? 'yes' : 'no, it is polled',
        },
  );
  return success(undefined);
}

async function listPayments(account: Account, output: Output): Promise<Outcome<void>> {
  const payments = await account.wallet?.list({ limit: 20 });
  if (!payments) return success(undefined);
  if (!payments.ok) return payments;
  const rows = payments.value.map((payment) => ({
    when: new Date(payment.createdAt * 1000).toISOString(),
    direction: payment.direction,
    state: payment.state,
    sats: Number(payment.amountMsat) / 1000,
    paymentHash: payment.paymentHash,
  }));
  output.rows(['when', 'direction', 'state', 'sats', 'paymentHash'], rows);
  return success(undefined);
}
