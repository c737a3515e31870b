import { Option, type Command } from 'commander';
import { EXCHANGE_MODES } from '../protocol/index.ts';
import type { CommandRunner } from './command-runner.ts';
import type { AccountFlags } from './config.ts';
import { withOperating, type OperateFlags } from './operate.ts';
import { collect, listOf, wholeNumber } from './option-values.ts';
import { policyOf, type RuleFlags } from './selling-rules.ts';
import { checkServices } from './serve-check.ts';
import { withdrawAll } from './serve-withdraw.ts';
import { serviceOfFlags, type ServiceFlags } from './serve-settings.ts';
import { withTerms } from './serve-terms.ts';
import { serve } from './serve.ts';

interface ServeFlags extends AccountFlags, ServiceFlags, OperateFlags, RuleFlags {
  readonly check: boolean;
  readonly withdraw: boolean;
  readonly lud16?: string;
  readonly firstDraft: boolean;
  readonly grace: number;
}

/** Adds `coinop serve`. */
export function addServeCommand(
  program: Command,
  { run, withAccount, withConfig, withRelays, withGrace, signal }: CommandRunner,
): void {
  withGrace(withOperating(withRules(withTerms(withService(withAccount(program.command('serve')))))))
    .description('sell the services of coinop.toml, or the one that flags describe')
    .option('--check', 'say what would be sold and what is missing, and sell nothing', false)
    .option('--withdraw', 'take back the announcements of all that was sold, and sell nothing', false)
    .option('--lud16 <address>', 'the lightning address that the wallet serves, to be paid by zaps')
    .option('--first-draft', 'answer requests of the first draft (kind 68001) as well', false)
    .action((flags: ServeFlags) =>
      run(async (output) => {
        const named = serviceOfFlags(flags);
        if (!named.ok) return named;
        // The check asks no relay.
        const withSelling = flags.check ? withConfig : withRelays;
        return withSelling(flags, 'provider', async (config) => {
          const services = named.value === null ? config.services : [named.value];
          const policy = policyOf(config.sellingRules, flags);
          if (!policy.ok) return policy;
          const stage = { config, output, signal };
          if (flags.withdraw) return withdrawAll(stage);
          return flags.check
            ? checkServices(services, { ...stage, policy: policy.value })
            : serve({ ...flags, services, policy: policy.value, followsFile: named.value === null }, stage);
        });
      }),
    );
}

/** The flags that say who is served, and who before it pays. */
function withRules(command: Command): Command {
  return command
    .option('--block <file>', 'serve nobody whose key stands in this file')
    .option('--allow <file>', 'serve only those whose keys stand in this file')
    .option('--trust <sats>', 'work unpaid up to this for who has earned it by paying', wholeNumber(0, 1e9))
    .option('--work-unpaid <sats>', 'work before the payment up to this price', wholeNumber(0, 1e9), 0)
    .option('--deliver-unpaid <sats>', 'deliver before the payment up to this price', wholeNumber(0, 1e9), 0)
    .option('--trust-strangers', 'do so for customers without a record as well', false)
    .option('--unpaid-most <sats>', 'what all customers together may owe', wholeNumber(0, 1e9));
}

/** The flags that say what does the work of one service. */
function withService(command: Command): Command {
  return command
    .option('--kind <n>', 'job kind to answer', wholeNumber(5000, 5999))
    .option('--exec <command>', 'a shell command: stdin is the input, stdout the result')
    .addOption(new Option('--protocol <name>', 'how it speaks').choices(['text', 'json-lines']))
    .option('--module <file>', 'a TypeScript or JavaScript file that exports a handler')
    .option('--http <url>', 'an endpoint that jobs are posted to')
    .option('--model <name>', 'a chat model behind --model-url')
    .option('--model-url <url>', 'its OpenAI-compatible API, such as http://127.0.0.1:11434/v1')
    .option('--mcp <server>', 'the tools of an MCP server: a command, or a URL')
    .option('--tool <name>', 'only this tool; may be repeated', collect)
    .option('--shelf <name>', 'a service that comes with coinop')
    .option('--key-env <name>', 'the variable with the key for --http, --model-url or the URL of --mcp')
    .option('--name <name>', 'how the service is announced')
    .option('--timeout <seconds>', 'how long a job may be worked on', wholeNumber(1, 86_000))
    .option('--concurrency <n>', 'jobs at once', wholeNumber(1, 1000))
    .option(
      '--exchange <modes>',
      `sell by these of ${EXCHANGE_MODES.join(',')}, best first`,
      listOf(EXCHANGE_MODES),
    )
    .option('--wait-for-payment', 'build on results of others only when they were accepted', false);
}
