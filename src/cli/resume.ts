import type { Command } from 'commander';
import type { Account } from '../account/index.ts';
import type { Customer, OrderHandle, PurchaseHandle } from '../customer/index.ts';
import { failure, msat, success, type Msat, type Outcome } from '../protocol/index.ts';
import type { CommandRunner } from './command-runner.ts';
import { spendingCaps, withFees, type AccountFlags } from './config.ts';
import { sayNextSteps, waitsForPerson } from './next-steps.ts';
import { withOpenAccount } from './open-account.ts';
import type { Output } from './output.ts';
import { useCustomer } from './use-customer.ts';

/** Adds `coinop resume`. */
export function addResumeCommand(
  program: Command,
  { run, withAccount, withRelays, signal }: CommandRunner,
): void {
  withAccount(program.command('resume'))
    .description('go on with the purchases that an earlier command left open')
    .action((flags: AccountFlags) =>
      run((output) =>
        withRelays(flags, 'customer', (config) =>
          withOpenAccount(config, 'customer', async (account) =>
            useCustomer(account, { caps: spendingCaps(config, await mostOfOpen(account)) }, ({ customer }) =>
              resume(customer, output, signal),
            ),
          ),
        ),
      ),
    );
}

/**
 * `coinop resume`: follows the purchases that earlier commands left open, to their end or until the signal,
 * and prints what became of each. Fails as the first purchase that ended without its result, or with
 * `interrupted`.
 */
async function resume(customer: Customer, output: Output, signal: AbortSignal): Promise<Outcome<void>> {
  const interrupted = Promise.withResolvers<Outcome<void>>();
  const stop = () =>
    interrupted.resolve(failure('interrupted', 'What is still open waits for the next `coinop resume`.'));
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  try {
    const orders = await customer.resumeOrders();
    const open = await customer.resume();
    output.note(`${open.length} open purchase(s)${orders.length > 0 ? `, ${orders.length} order(s)` : ''}`);
    const going = await goingByThemselves(open, customer, output);
    const ended = [
      ...going.map((purchase) => report(purchase, output)),
      ...orders.map((order) => reportOrder(order, output)),
    ];
    const whenAllEnded = Promise.all(ended).then(
      (outcomes) => outcomes.find(({ ok }) => !ok) ?? success(undefined),
    );
    return await Promise.race([whenAllEnded, interrupted.promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Purchases that need nobody: an order speaks for its own, and a person must take an offer for others. */
async function goingByThemselves(
  open: readonly PurchaseHandle[],
  customer: Customer,
  output: Output,
): Promise<readonly PurchaseHandle[]> {
  const going: PurchaseHandle[] = [];
  for (const handle of open) {
    const purchase = await customer.get(handle.requestId);
    if (purchase !== null && waitsForPerson(purchase)) sayNextSteps(purchase, output);
    else if (purchase?.orderId === null) going.push(handle);
  }
  return going;
}

async function reportOrder(order: OrderHandle, output: Output): Promise<Outcome<void>> {
  const { orderId } = order;
  const ended = await order.result();
  if (!ended.ok) {
    if (ended.failure.code !== 'closed') output.facts({ orderId, ended: ended.failure.code });
    return ended;
  }
  const { content, spentMsat, why } = ended.value;
  output.facts({ orderId, ended: 'received', spentMsat, why, content });
  return success(undefined);
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
