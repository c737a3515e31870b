import { InvalidArgumentError, Option, type Command } from 'commander';
import {
  MAX_WORK_BITS,
  POLICIES,
  SUPPORTED_EXCHANGES,
  type OrderWish,
  type PolicyName,
  type SupportedExchange,
} from '../../customer/index.ts';
import type { CommandRunner } from '../command-runner.ts';
import type { AccountFlags } from '../config.ts';
import { collect, listOf, MAX_SATS, wholeNumber } from '../option-values.ts';
import { buy } from './buy.ts';

interface BuyFlags extends AccountFlags {
  readonly max: number;
  readonly param: readonly string[];
  readonly output: readonly string[];
  readonly to: readonly string[];
  readonly deadline: number;
  readonly exchange?: readonly SupportedExchange[];
  readonly rescue: boolean;
  readonly encrypt: boolean;
  readonly firstDraft: boolean;
  readonly policy: PolicyName;
  readonly dryRun: boolean;
  readonly ask: boolean;
  readonly save?: string;
  readonly idempotencyKey?: string;
  readonly work?: number;
  readonly redundancy?: OrderWish['redundancy'];
  readonly hedge?: OrderWish['hedge'];
}

/** Adds `coinop buy`. */
export function addBuyCommand(
  program: Command,
  { run, withAccount, withRelays, signal }: CommandRunner,
): void {
  withAccount(program.command('buy'))
    .description('buy a job and print its result')
    .argument('<kind>', 'job kind, such as 5001', wholeNumber(5000, 5999))
    .argument('<input>', 'a URL, a file, or - for stdin')
    .requiredOption(
      '--max <sats>',
      'the most the whole may cost; routing fees of up to 1 % + 5 sat come on top',
      wholeNumber(0, MAX_SATS),
    )
    .option('--param <name=value>', 'a parameter of the job, may be repeated', collect, [])
    .option('--output <mime>', 'wanted media type, may be repeated', collect, [])
    .option('--to <pubkey>', 'ask only this provider, may be repeated', collect, [])
    .option('--rescue', 'take offers of others who step in where those named by --to fail', false)
    .option('--deadline <seconds>', 'how long to wait', wholeNumber(1, 86_400), 120)
    .option(
      '--exchange <modes>',
      `accept only these of ${SUPPORTED_EXCHANGES.join(',')}, best first`,
      listOf(SUPPORTED_EXCHANGES),
    )
    .option('--encrypt', 'show the job to nobody but those named by --to', false)
    .option('--first-draft', 'ask by the first draft of NIP-90 (kind 68001)', false)
    .addOption(
      new Option('--policy <name>', 'which offer to take').choices(Object.keys(POLICIES)).default('balanced'),
    )
    .option('--dry-run', 'show the offers and what would be taken, and buy nothing', false)
    .addOption(
      new Option('--ask', 'have a person take an offer; in a pipe, by `coinop take`')
        .default(false)
        .conflicts('dryRun'),
    )
    .option('--save <file>', 'write the result to this file')
    .option('--idempotency-key <key>', 'the same purchase whenever this key is used again')
    .option(
      '--work <bits>',
      'do so much proof of work at most where providers ask strangers for it',
      wholeNumber(1, MAX_WORK_BITS),
    )
    .option('--redundancy <agree/ask>', 'ask several and take what so many agree on, such as 2/3', agreement)
    .option('--hedge <after>', 'buy once more after: usual, worst, or so many seconds', hedge)
    .action((kind: number, input: string, flags: BuyFlags) =>
      run((output) =>
        withRelays(flags, 'customer', (config) =>
          buy(
            {
              kind,
              input,
              maxSats: flags.max,
              params: flags.param,
              outputs: flags.output,
              to: flags.to,
              rescue: flags.rescue,
              deadlineSeconds: flags.deadline,
              exchanges: flags.exchange,
              encrypted: flags.encrypt,
              firstDraft: flags.firstDraft,
              approval: flags.dryRun ? 'dry-run' : flags.ask ? 'ask' : 'automatic',
              policy: flags.policy,
              save: flags.save,
              idempotencyKey: flags.idempotencyKey,
              workBits: flags.work,
              redundancy: flags.redundancy,
              hedge: flags.hedge,
            },
            config,
            output,
            signal,
          ),
        ),
      ),
    );
}

/** Reads how many of how many must agree, such as `2/3`. */
function agreement(text: string): NonNullable<OrderWish['redundancy']> {
  const [, agree, ask] = /^(\d{1,2})\/(\d{1,2})$/.exec(text) ?? [];
  if (Number(agree) < 1 || !(Number(agree) <= Number(ask)))
    throw new InvalidArgumentError('It must be two numbers such as 2/3, the first not above the second.');
  return { agree: Number(agree), ask: Number(ask) };
}

/** Reads when a second provider is asked. */
function hedge(text: string): NonNullable<OrderWish['hedge']> {
  if (text === 'usual' || text === 'worst') return { after: text };
  return { after: wholeNumber(1, 86_400)(text) };
}
