import { join } from 'node:path';
import { Option, type Command } from 'commander';
import { openAccount, type Account } from '../account/index.ts';
import type { WalletRole } from '../market/index.ts';
import { failure, formatSats, satsToMsat, success, verifyEvent, type Outcome } from '../protocol/index.ts';
import { findRecipient, zap, type SentZap, type ZapRecipient } from '../zaps/index.ts';
import type { CommandRunner } from './command-runner.ts';
import { spendingCaps, withFees, type AccountFlags, type Config } from './config.ts';
import { MAX_SATS, wholeNumber } from './option-values.ts';
import type { Output } from './output.ts';
import { startProgress, type Progress } from './progress.ts';

/** The arguments of `coinop zap`. */
interface ZapArguments {
  /** A key, an event or an address, as people write them. */
  readonly to: string;
  readonly sats: number;
  readonly comment: string | undefined;
  readonly role: WalletRole;
}

interface ZapFlags extends AccountFlags {
  readonly comment?: string;
  readonly role: WalletRole;
}

/** Receipts come within seconds where they come. */
const RECEIPT_TIMEOUT_MS = 30_000;

/** Adds `coinop zap`. */
export function addZapCommand(program: Command, runner: CommandRunner): void {
  const { run, withAccount, withRelays, signal } = runner;
  withAccount(program.command('zap'))
    .description('send sats to a person or for an event, and wait for the receipt')
    .argument('<to>', 'npub, nprofile, note, nevent, hex, or a lightning address')
    .argument('<sats>', 'how much; routing fees of up to 1 % + 5 sat come on top', wholeNumber(1, MAX_SATS))
    .option('--comment <text>', 'public words for the recipient')
    .addOption(new Option('--role <role>', 'who zaps').choices(['customer', 'provider']).default('customer'))
    .action((to: string, sats: number, { comment, role, ...account }: ZapFlags) =>
      run((output) =>
        withRelays(account, role, (config) =>
          zapSomebody({ to, sats, comment, role }, config, output, signal),
        ),
      ),
    );
}

async function zapSomebody(
  args: ZapArguments,
  config: Config,
  output: Output,
  signal: AbortSignal,
): Promise<Outcome<void>> {
  const account = await openAccount({ ...config, dir: join(config.home, args.role) });
  if (!account.ok) return account;
  const progress = startProgress(process.stderr);
  try {
    const sent = await send(args, account.value, { config, progress, signal });
    progress.stop();
    if (!sent.ok) return sent;
    report(args, sent.value, config, output);
    return success(undefined);
  } finally {
    progress.stop();
    await account.value.close();
  }
}

type Sent = SentZap & ZapRecipient;

async function send(
  { to, sats, comment }: ZapArguments,
  account: Account,
  at: { readonly config: Config; readonly progress: Progress; readonly signal: AbortSignal },
): Promise<Outcome<Sent>> {
  const { ledger, wallet, signer, relays, relayUrls, fetchInput: fetch, now } = account;
  const { config, progress, signal } = at;
  if (wallet === null)
    return failure(
      'wallet-missing',
      'No wallet is connected; set NWC_URL or wallet_file, or start `coinop up`.',
    );
  progress.now('looking for the recipient', 1);
  const recipient = await findRecipient({ fetch, relays, relayUrls }, to, signal);
  if (!recipient.ok) return recipient;
  const able = await wallet.capabilities({ signal });
  if (!able.ok) return able;

  const { network } = able.value;
  const amountMsat = satsToMsat(sats);
  const spend = ledger.spending.limits(signer.pubkey, spendingCaps(config, withFees(amountMsat)));
  progress.now(`paying ${formatSats(amountMsat)} to ${recipient.value.payTo}`, 2);
  const sent = await zap(
    { fetch, network, signer, wallet, spend, relays, verify: verifyEvent, now },
    {
      ...recipient.value,
      amountMsat,
      relays: relayUrls,
      ...(comment === undefined ? {} : { comment }),
      receiptTimeoutMs: RECEIPT_TIMEOUT_MS,
      onPaid: () => {
        progress.done(`paid ${formatSats(amountMsat)} to ${recipient.value.payTo}`);
        progress.now('waiting for the receipt', 3);
      },
    },
    signal,
  );
  return sent.ok ? success({ ...sent.value, ...recipient.value }) : sent;
}

function report({ sats }: ZapArguments, sent: Sent, config: Config, output: Output): void {
  const { payTo, target, feePaidMsat, paymentHash, preimage, receipt } = sent;
  if (receipt === null)
    output.note('No receipt has come: the money was taken, but its recipient has not said so in public.');
  const recipient = 'event' in target ? target.event.pubkey : target.pubkey;
  output.facts({
    recipient,
    ...('event' in target ? { event: target.event.id } : {}),
    payTo,
    amountMsat: satsToMsat(sats),
    feePaidMsat,
    playMoney: config.localMarket,
    paymentHash,
    preimage,
    receipt: receipt?.receipt.event.id ?? null,
  });
}
