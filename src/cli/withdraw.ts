import { join } from 'node:path';
import { openAccount, withdraw } from '../account/index.ts';
import type { WalletRole } from '../market/index.ts';
import { failure, satsToMsat, success, type Outcome } from '../protocol/index.ts';
import type { Config } from './config.ts';
import type { Output } from './output.ts';

/** `coinop withdraw`: sends money to an invoice or a lightning address, once. */
export async function withdrawFrom(
  role: WalletRole,
  { to, sats }: { readonly to: string; readonly sats: number | undefined },
  config: Config,
  output: Output,
  signal: AbortSignal,
): Promise<Outcome<void>> {
  const opened = await openAccount({ ...config, dir: join(config.home, role) });
  if (!opened.ok) return opened;
  const { dir, ledger, wallet, signer, fetchInput: fetch, now } = opened.value;
  try {
    if (wallet === null)
      return failure(
        'wallet-missing',
        'No wallet is connected; set NWC_URL or wallet_file, or start `coinop up`.',
      );
    const parts = { dir, ledger, wallet, pubkey: signer.pubkey, fetch, now, signal };
    const amountMsat = sats === undefined ? null : satsToMsat(sats);
    const paid = await withdraw(parts, { to, amountMsat, purpose: 'withdrawal', caps: {} });
    if (!paid.ok) return paid;
    const { amountMsat: paidMsat, feePaidMsat, paymentHash } = paid.value;
    output.facts({ to: paid.value.to, amountMsat: paidMsat, feePaidMsat, paymentHash });
    return success(undefined);
  } finally {
    await opened.value.close();
  }
}
