import { Option, type Command } from 'commander';
import type { WalletRole } from '../../market/index.ts';
import { failure, success, type Outcome } from '../../protocol/index.ts';
import type { CommandRunner } from '../command-runner.ts';
import { readConfig, type AccountFlags } from '../config.ts';
import { explainThrown } from '../explain-thrown.ts';
import { withOpenAccount } from '../open-account.ts';
import type { Output } from '../output.ts';
import type { Check, CheckStatus } from './check.ts';
import { checkBooks, checkConfig, checkDisk, checkKeys, checkWalletFile } from './machine-checks.ts';
import { checkRelays } from './relay-checks.ts';
import { checkWallet } from './wallet-checks.ts';

interface DoctorFlags extends AccountFlags {
  readonly role: WalletRole;
}

const COLUMNS = ['', 'check', 'subject', 'found'];

/** Adds `coinop doctor`. */
export function addDoctorCommand(program: Command, { run, withAccount, home, signal }: CommandRunner): void {
  withAccount(program.command('doctor'))
    .description('check relays, keys, clock, wallet, configuration, books and disk')
    .addOption(
      new Option('--role <role>', 'whose account')
        .choices(['customer', 'provider', 'gateway'])
        .default('customer'),
    )
    .action((flags: DoctorFlags) => run((output) => doctor(flags, home(), output, signal)));
}

/** `coinop doctor`: what was checked, what was found, and what to do. Fails with `checks-failed`. */
async function doctor(
  flags: DoctorFlags,
  home: string,
  output: Output,
  signal: AbortSignal,
): Promise<Outcome<void>> {
  const onMachine = [
    ...(await checkConfig(home, process.env)),
    ...(await checkKeys(home)),
    ...(await checkBooks(home)),
    await checkDisk(home),
  ];
  const checks = [...onMachine, ...(await checkAccount(flags, home, onMachine, signal))];
  output.rows(
    COLUMNS,
    checks.flatMap((check): Readonly<Record<string, unknown>>[] =>
      output.json ? [{ ...check }] : rowsOf(check),
    ),
  );
  const failed = checks.filter(({ status }) => status === 'fail');
  if (failed.length === 0) return success(undefined);
  return failure(
    'checks-failed',
    `${failed.length} of ${checks.length} checks failed; see what to do above.`,
    {
      failed: failed.map(({ check, subject }) => [check, subject].join(' ').trim()),
    },
  );
}

const MARKS: Readonly<Record<CheckStatus, string>> = { ok: '✔', warn: '!', fail: '✖' };

/** The finding, and under it what to do. */
function rowsOf({ check, subject, status, found, todo }: Check): Readonly<Record<string, string>>[] {
  const row = { '': MARKS[status], check, subject, found };
  return todo === '' ? [row] : [row, { found: `→ ${todo}` }];
}

/** What needs the account open: only where there is room, and its key and books are whole. */
async function checkAccount(
  flags: DoctorFlags,
  home: string,
  onMachine: readonly Check[],
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const isBroken = onMachine.some(
    ({ check, subject, status }) =>
      status === 'fail' && (check === 'disk' || subject.split('/')[0] === flags.role),
  );
  if (isBroken) return [unopened('see the checks that failed')];
  const config = await readConfig({ ...flags, home }, process.env, flags.role);
  if (!config.ok) return [unopened(config.failure.message)];
  const checks = await checkWalletFile(config.value.walletFile);
  const opened = await withOpenAccount(config.value, flags.role, async (account) => {
    checks.push(
      ...(await checkRelays(account, signal)),
      ...(await checkWallet(account, config.value, signal)),
    );
    return success(undefined);
  }).catch((error: unknown) => ({ ok: false as const, failure: explainThrown(error) }));
  return opened.ok ? checks : [...checks, unopened(opened.failure.message)];
}

function unopened(found: string): Check {
  const todo = 'Correct this first; then relays and wallet can be checked.';
  return { check: 'account', subject: '', status: 'fail', found: `not opened: ${found}`, todo };
}
