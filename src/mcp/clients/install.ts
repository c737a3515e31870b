import { randomUUID } from 'node:crypto';
import {
  chmod,
  constants,
  copyFile,
  mkdir,
  readFile,
  realpath,
  rename,
  stat,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { dirname } from 'node:path';
import { failure, success, type Outcome } from '../../protocol/index.ts';
import { clientFile, MCP_CLIENTS, type McpClient, type UserMachine } from './client-files.ts';
import { editEntry, type ServerEntry } from './edit-entry.ts';

/** What was, or would be, done to a client's configuration. */
export interface ClientChange {
  readonly client: McpClient;
  readonly path: string;
  readonly changed: boolean;
  /** The file before, empty where there was none, and after. */
  readonly before: string;
  readonly after: string;
  /** Where the file is kept as it was before our first change; `null` where nothing was overwritten. */
  readonly backup: string | null;
}

/** Why a client's configuration was left alone. */
export type ClientFailureCode = 'config-unreadable' | 'config-changing';

const NEW_FILE_MODE = 0o600;

/** The clients that this user has, judged by their directories. */
export async function installedClients(machine: UserMachine): Promise<readonly McpClient[]> {
  const found = await Promise.all(
    MCP_CLIENTS.map(async (client) => ({
      client,
      isThere: await stat(clientFile(client, machine).sign).then(
        (facts) => facts.isDirectory(),
        () => false,
      ),
    })),
  );
  return found.filter(({ isThere }) => isThere).map(({ client }) => client);
}

/**
 * Writes our entry into a client's configuration, or takes it out where `entry` is `null`; with `dryRun` only says
 * what would change. The file as it was before the first change is kept beside it. Fails with `config-unreadable`, and with
 * `config-changing` when the client wrote it at the same moment.
 */
export async function configureClient(
  client: McpClient,
  { machine, entry, dryRun }: { machine: UserMachine; entry: ServerEntry | null; dryRun: boolean },
): Promise<Outcome<ClientChange, ClientFailureCode>> {
  const file = clientFile(client, machine);
  const path = await realpath(file.path).catch(() => file.path); // a link to the file stays a link
  const before = await readText(path);
  const edited = editEntry(before ?? '', file, entry);
  if (!edited.ok) return failure(edited.failure.code, `${path}: ${edited.failure.message}`, { client, path });
  const changed = edited.value !== (before ?? '');
  const change = { client, path, changed, before: before ?? '', after: edited.value };
  if (!changed || dryRun) return success({ ...change, backup: null });
  const backup = before === null ? null : `${path}.before-coinop`;
  if (backup !== null) await keepFirst(path, backup);
  return (await replaceFile(path, before, edited.value))
    ? success({ ...change, backup })
    : failure('config-changing', `${path} was changed at the same moment; close ${client} and try again.`, {
        client,
        path,
      });
}

/** Copies a file, unless there is a copy: that one is from before we touched it. */
async function keepFirst(path: string, backup: string): Promise<void> {
  try {
    await copyFile(path, backup, constants.COPYFILE_EXCL);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

/** Replaces a file as a whole, unless it is no longer what was read. */
async function replaceFile(path: string, before: string | null, after: string): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${randomUUID()}.new`;
  try {
    await writeFile(draft, after, { mode: NEW_FILE_MODE, flag: 'wx' });
    if (before !== null) await chmod(draft, (await stat(path)).mode);
    if ((await readText(path)) !== before) return false;
    await rename(draft, path);
    return true;
  } finally {
    await unlink(draft).catch(() => undefined); // it has its name now, unless something went wrong
  }
}

async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
