import { Command, CommanderError } from 'commander';
import { addAftercareCommands } from './aftercare-commands.ts';
import { addBalanceCommands } from './balance.ts';
import { addBuyCommand } from './buy/command.ts';
import { addContinueCommand } from './buy/continue.ts';
import { addTakeCommand } from './buy/take.ts';
import { addCancelCommand } from './cancel.ts';
import { createCommandRunner } from './command-runner.ts';
import { addDoctorCommand } from './doctor/command.ts';
import { EXIT } from './exit-codes.ts';
import { explainThrown } from './explain-thrown.ts';
import { addCompletionCommand } from './completion/command.ts';
import { addFindCommand } from './find/command.ts';
import { addListCommands } from './find/list-commands.ts';
import { addGatewayCommand } from './gateway.ts';
import { addJobsCommand } from './jobs.ts';
import { addKeyCommand } from './key.ts';
import { addKindCommands } from './kinds.ts';
import { addMcpCommands } from './mcp/command.ts';
import { addResumeCommand } from './resume.ts';
import { addSafekeepingCommands } from './safekeeping-commands.ts';
import { addServeCommand } from './serve-command.ts';
import { addServicesCommand } from './services.ts';
import { stopOnSignals } from './stop-on-signals.ts';
import { addTraceCommand } from './trace.ts';
import { addUpCommand } from './up.ts';
import { addWalletCommands } from './wallet-commands.ts';
import { addZapCommand } from './zap.ts';

const stopping = stopOnSignals();

const program = new Command('coinop')
  .description('Buy and sell work on Nostr, paid over Lightning. Data on stdout, all else on stderr.')
  .option('--json', 'machine-readable output')
  .option('--home <dir>', 'where keys and books are kept (COINOP_HOME, else ~/.coinop)')
  .configureHelp({ sortSubcommands: false })
  .configureOutput({
    outputError: (text, write) => {
      if (!runner.output().asked) write(text);
    },
  })
  .exitOverride();
const runner = createCommandRunner(program, stopping);

for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return; // a reader such as `head` has seen enough
    if (stream === process.stdout) runner.output().failure(explainThrown(error));
    process.exitCode = EXIT.failed;
  });

// In the order in which `coinop --help` lists them.
const COMMANDS = [
  addUpCommand,
  addFindCommand,
  addListCommands,
  addBuyCommand,
  addTakeCommand,
  addContinueCommand,
  addResumeCommand,
  addJobsCommand,
  addTraceCommand,
  addCancelCommand,
  addAftercareCommands,
  addServeCommand,
  addServicesCommand,
  addGatewayCommand,
  addKindCommands,
  addKeyCommand,
  addWalletCommands,
  addSafekeepingCommands,
  addZapCommand,
  addBalanceCommands,
  addMcpCommands,
  addDoctorCommand,
  addCompletionCommand,
];
for (const addTo of COMMANDS) addTo(program, runner);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (process.exitCode === EXIT.usage && runner.output().asked)
    runner.output().failure({ code: 'usage', message: error.message });
}
