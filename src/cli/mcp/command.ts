import { resolve } from 'node:path';
import { Argument, Option, type Command } from 'commander';
import { MCP_CLIENTS, type McpClient } from '../../mcp/index.ts';
import type { CommandRunner } from '../command-runner.ts';
import type { AccountFlags } from '../config.ts';
import { MAX_SATS, wholeNumber } from '../option-values.ts';
import { answerApproval } from './approve.ts';
import { changeClients } from './install.ts';
import { APPROVAL_WAYS, serveAgents, type ApprovalWay } from './serve.ts';

/** What an agent may spend where the flags do not say it, in sats. */
const USUAL_CAPS = { perCall: 100, perSession: 1_000, perDay: 5_000 } as const;

interface McpFlags extends AccountFlags {
  readonly http?: number;
  readonly tokenFile?: string;
  readonly perCall: number;
  readonly perSession: number;
  readonly perDay: number;
  readonly approveAbove?: number;
  readonly approveBy: ApprovalWay;
}

interface InstallFlags extends McpFlags {
  readonly dryRun: boolean;
}

/** Adds `coinop mcp` with what it can do, and `coinop approve`. */
export function addMcpCommands(program: Command, runner: CommandRunner): void {
  const sats = wholeNumber(0, MAX_SATS);
  const mcp = runner
    .withGrace(runner.withAccount(program.command('mcp')))
    .description('let agents buy within a budget, over the Model Context Protocol (stdio)')
    .configureHelp({ showGlobalOptions: true })
    .option('--http <port>', 'serve HTTP on this loopback port instead', wholeNumber(0, 65_535))
    .option('--token-file <path>', 'bearer token for --http (COINOP_MCP_TOKEN, else <home>/mcp-token)')
    .option(
      '--per-call <sats>',
      'the most that one purchase may cost, fees included',
      sats,
      USUAL_CAPS.perCall,
    )
    .option('--per-session <sats>', 'the same until the server ends', sats, USUAL_CAPS.perSession)
    .option('--per-day <sats>', 'the same in any 24 hours', sats, USUAL_CAPS.perDay)
    .option('--approve-above <sats>', 'ask a person about prices above this', sats)
    .addOption(
      new Option('--approve-by <way>', 'how: in the client where it can ask, or only outside of it')
        .choices(APPROVAL_WAYS)
        .default('client' satisfies ApprovalWay),
    )
    .action((flags: McpFlags) =>
      runner.run((output) =>
        runner.withRelays(flags, 'customer', (config) =>
          serveAgents(
            {
              httpPort: flags.http,
              tokenFile: flags.tokenFile,
              perCallSats: flags.perCall,
              perSessionSats: flags.perSession,
              perDaySats: flags.perDay,
              approveAboveSats: flags.approveAbove,
              approveBy: flags.approveBy,
            },
            config,
            output,
            runner.signal,
          ),
        ),
      ),
    );

  for (const action of ['install', 'uninstall'] as const)
    mcp
      .command(action)
      .description(
        action === 'install'
          ? 'add the server, with the caps that are given, to the configuration of AI programs'
          : 'take the server out of the configuration of AI programs',
      )
      .addArgument(
        new Argument(
          '[clients...]',
          `of ${MCP_CLIENTS.join(', ')}; those that are found unless told`,
        ).choices(MCP_CLIENTS),
      )
      .addOption(new Option('--dry-run', 'only show the change').default(false))
      .action((clients: readonly McpClient[], _own: object, command: Command) => {
        const flags = command.optsWithGlobals<InstallFlags>();
        const { dryRun } = flags;
        const args = action === 'install' ? launchArguments(flags) : null;
        return runner.run((output) => changeClients({ clients, args, dryRun }, process.env, output));
      });

  program
    .command('approve')
    .description('answer what an agent may not buy alone; lists what waits without an id')
    .argument('[id]', 'as the agent was told')
    .action((id: string | undefined) =>
      runner.run((output) =>
        answerApproval(
          { home: runner.home(), id },
          { input: process.stdin, output: process.stderr },
          output,
          runner.signal,
        ),
      ),
    );
}

/** What starts the server as it was asked for here, its caps for everybody to see; no secret is among it. */
function launchArguments(flags: McpFlags): readonly string[] {
  return [
    ...option('--home', flags.home === undefined ? undefined : resolve(flags.home)),
    'mcp',
    ...(flags.relay ?? []).flatMap((url) => option('--relay', url)),
    ...option('--wallet-file', flags.walletFile === undefined ? undefined : resolve(flags.walletFile)),
    ...option('--per-call', flags.perCall),
    ...option('--per-session', flags.perSession),
    ...option('--per-day', flags.perDay),
    ...option('--approve-above', flags.approveAbove),
    ...option('--approve-by', flags.approveAbove === undefined ? undefined : flags.approveBy),
  ];
}

function option(name: string, value: string | number | undefined): readonly string[] {
  return value === undefined ? [] : [name, `${value}`];
}
