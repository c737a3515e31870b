import { join } from 'node:path';
import { openAccount, type Account } from '../account/index.ts';
import { createCustomer, type PurchaseHandle } from '../customer/index.ts';
import { failure, msat, success, type Msat, type Outcome } from '../protocol/index.ts';
import { withFees } from './buy.ts';
import type { Config } from './config.ts';
import type { Output } from './output.ts';

/**
 * `coinop resume`: follows the purchases that earlier commands left open, to their end or until the signal,
 * and prints what became of each. Fails as the first purchase that ended without its result, or with
 * `interrupted`.
 */
export async function resume(config: Config, output: Output, signal: AbortSignal): Promise<Outcome<void>> {
  const account = await openAccount({ ...config, dir: join(config.home, 'customer') });
  if (!account.ok) return account;
  try {
    return await followOpen(account.value, config, output, signal);
  } finally {
    await account.value.close();
  }
}

async function followOpen(
  account: Account,
  config: Config,
  output: Output,
  signal: AbortSignal,
): Promise<Outcome<void>> {
  const customer = createCustomer({
    ...account,
    caps: {
      perJobMsat: config.perJobMsat ?? (await mostOfOpen(account)),
      ...config.caps,
    },
  });
  const interrupted = Promise.withResolvers<Outcome<void>>();
  const stop = () =>
    interrupted.resolve(failure('interrupted', 'What is still open waits for the next `coinop resume`.'));
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  try {
    const open = await customer.resume();
    output.note(`${open.length} open purchase(s)`);
    const ended = open.map((purchase) => report(purchase, output));
    const whenAllEnded = Promise.all(ended).then(
      (outcomes) => outcomes.find(({ ok }) => !ok) ?? success(undefined),
    );
    return await Promise.race([whenAllEnded, interrupted.promise]);
  } finally {
    signal.removeEventListener('abort', stop);
    await customer.close();
  }
}

async function report(purchase: PurchaseHandle, output: Output): Promise<Outcome<void>> {
  const { requestId } = purchase;
  const ended = await purchase.result();
  if (!ended.ok) {
    if (ended.failure.code !== 'closed') output.facts({ requestId, ended: ended.failure.code });
    return ended;
  }
  const { content, providerPubkey, amountMsat, settlement } = ended.value;
  output.facts({ requestId, ended: 'received', provider: providerPubkey, amountMsat, settlement, content });
  return success(undefined);
}

/** No purchase may cost more than the command that began it allowed; this is the most that any of them may. */
async function mostOfOpen({ ledger, signer }: Account): Promise<Msat> {
  const open = await ledger.purchases.listOpen(signer.pubkey);
  return withFees(
    open.reduce((most, { maxAmountMsat }) => (maxAmountMsat > most ? maxAmountMsat : most), msat(0n)),
  );
}
