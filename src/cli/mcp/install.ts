import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import {
  configureClient,
  ENTRY_NAME,
  installedClients,
  type ClientChange,
  type McpClient,
  type ServerEntry,
} from '../../mcp/index.ts';
import { failure, success, type Outcome } from '../../protocol/index.ts';
import type { Output } from '../output.ts';

const PROGRAM = fileURLToPath(new URL('../../../bin/coinop.mjs', import.meta.url));

/**
 * `coinop mcp install` and `uninstall`: changes the configuration of AI programs, or with `dryRun` shows what would
 * change. `args` are those of the server, `null` to take it out. Fails with `no-clients`, `config-unreadable` or
 * `config-changing`; clients before the failing one are done.
 */
export async function changeClients(
  change: {
    readonly clients: readonly McpClient[];
    readonly args: readonly string[] | null;
    readonly dryRun: boolean;
  },
  env: NodeJS.ProcessEnv,
  output: Output,
): Promise<Outcome<void>> {
  const machine = { platform: process.platform, home: homedir(), env };
  const clients = change.clients.length > 0 ? change.clients : await installedClients(machine);
  if (clients.length === 0)
    return failure('no-clients', 'No AI program was found; name one, such as claude-code.');
  const entry: ServerEntry | null =
    change.args === null ? null : { command: process.execPath, args: [PROGRAM, ...change.args] };
  for (const client of clients) {
    const done = await configureClient(client, { machine, entry, dryRun: change.dryRun });
    if (!done.ok) return done;
    report(done.value, change.dryRun, output);
  }
  return success(undefined);
}

function report(change: ClientChange, dryRun: boolean, output: Output): void {
  const { client, path, changed, backup } = change;
  const did = dryRun ? 'would be changed' : 'changed';
  output.rows(
    ['client', 'file', 'server', 'status', 'backup'],
    [{ client, file: path, server: ENTRY_NAME, status: changed ? did : 'unchanged', backup }],
  );
  if (dryRun && changed) for (const line of changedLines(change)) output.note(line);
}

/** The lines that differ, those that go before those that come. */
function changedLines({ before, after }: ClientChange): readonly string[] {
  const [old, fresh] = [before.split('\n'), after.split('\n')];
  const most = Math.min(old.length, fresh.length);
  let head = 0;
  while (head < most && old[head] === fresh[head]) head += 1;
  let tail = 0;
  while (tail < most - head && old[old.length - 1 - tail] === fresh[fresh.length - 1 - tail]) tail += 1;
  return [
    ...old.slice(head, old.length - tail).map((line) => `- ${line}`),
    ...fresh.slice(head, fresh.length - tail).map((line) => `+ ${line}`),
  ];
}
