import type { Command } from 'commander';
import type { Account } from '../account/index.ts';
import type { WalletRole } from '../market/index.ts';
import {
  checkInvoice,
  feeLimitOf,
  payReserved,
  resumeReserved,
  type PaidProof,
  type ReservedPayment,
} from '../money/index.ts';
import {
  addMsat,
  failure,
  formatSats,
  parseInvoice,
  satsToMsat,
  success,
  type Msat,
  type Outcome,
} from '../protocol/index.ts';
import type { CommandRunner } from './command-runner.ts';
import type { AccountFlags, Config } from './config.ts';
import { withOpenAccount } from './open-account.ts';
import { MAX_SATS, wholeNumber } from './option-values.ts';

interface PayFlags extends AccountFlags {
  readonly role: WalletRole;
  readonly max: number;
}

/** Adds `coinop wallet pay`, which prints the proof of the payment and nothing else. */
export function addWalletPayCommand(wallet: Command, runner: CommandRunner): void {
  wallet
    .command('pay')
    .description('pay an invoice once, and print the preimage that proves it')
    .argument('<invoice>', 'as it was given (BOLT 11)')
    .requiredOption('--max <sats>', 'the most it may ask for, without routing fees', wholeNumber(0, MAX_SATS))
    .action((invoice: string, _own: object, command: Command) => {
      const flags = command.optsWithGlobals<PayFlags>();
      return runner.run((output) =>
        runner.withConfig(flags, flags.role, (config) =>
          withOpenAccount(config, flags.role, async (account) => {
            const bolt11 = invoice.trim().replace(/^lightning:/i, '');
            const wanted = { bolt11, maxMsat: satsToMsat(flags.max), signal: runner.signal };
            const paid = await payInvoice(account, config, wanted);
            if (!paid.ok) return paid;
            const { preimage, feePaidMsat } = paid.value;
            if (output.asked) output.facts({ preimage, feePaidMsat });
            else output.data(preimage);
            return success(undefined);
          }),
        ),
      );
    });
}

/** Pays within the caps of the account. An invoice that was paid before is not paid again: its proof is shown. */
async function payInvoice(
  { wallet, ledger, signer, now }: Account,
  { caps, perJobMsat }: Config,
  wanted: { readonly bolt11: string; readonly maxMsat: Msat; readonly signal: AbortSignal },
): Promise<Outcome<PaidProof>> {
  const { bolt11, maxMsat, signal } = wanted;
  if (wallet === null)
    return failure(
      'wallet-missing',
      'No wallet is connected; set NWC_URL or wallet_file, or start `coinop up`.',
    );
  const parsed = parseInvoice(bolt11);
  if (!parsed.ok) return failure('invalid-argument', `This is no invoice: ${parsed.failure.message}`);
  const { amountMsat, paymentHash, payee, expiresAt } = parsed.value;
  if (amountMsat === null)
    return failure('invalid-argument', 'The invoice leaves the amount open: ask for one with the amount.');
  if (amountMsat > maxMsat)
    return failure('over-budget', `The invoice asks for ${formatSats(amountMsat)}, more than --max.`);
  const feeLimitMsat = feeLimitOf(amountMsat);
  const limits = ledger.spending.limits(signer.pubkey, {
    ...caps,
    perJobMsat: perJobMsat ?? addMsat(amountMsat, feeLimitMsat),
  });
  const paying = { wallet, bolt11, paymentHash, feeLimitMsat, expiresAt, now, signal };
  const earlier = await ledger.spending.payment(paymentHash);
  if (earlier?.state === 'settled' && earlier.preimage !== null)
    return success({ preimage: earlier.preimage, feePaidMsat: earlier.feePaidMsat ?? satsToMsat(0) });
  const open = await limits.unfinished(paymentHash);
  if (open !== null) return resumeReserved({ ...paying, reservation: open } satisfies ReservedPayment);

  const able = await wallet.capabilities({ signal });
  if (!able.ok) return able;
  const checked = checkInvoice({ bolt11, expected: { amountMsat, network: able.value.network, now: now() } });
  if (!checked.ok) return checked;
  const reserved = await limits.reserve({
    amountMsat,
    feeLimitMsat,
    counterparty: payee,
    purpose: 'invoice',
    paymentHash,
    bolt11,
  });
  return reserved.ok ? payReserved({ ...paying, reservation: reserved.value }) : reserved;
}
