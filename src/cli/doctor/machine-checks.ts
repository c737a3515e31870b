import { access, constants, readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { formatNpub, pubkeyOf } from '../../keys/index.ts';
import { loadOrCreateKeyFile } from '../../keys/node.ts';
import { configPaths } from '../config.ts';
import { BUDGET_FIELDS, readConfigFile, readIfThere } from '../config-file.ts';
import { explainThrown } from '../explain-thrown.ts';
import { nearestName } from '../nearest-name.ts';
import { fine, type Check } from './check.ts';

const ROLES = ['customer', 'provider', 'gateway'] as const;

/** Books that cannot be written to when the disk is full lose nothing, but nothing is bought or sold either. */
const MIB = 2 ** 20;
const SCARCE_BYTES = 500 * MIB;
const TOO_LITTLE_BYTES = 20 * MIB;

const VARIABLES = [
  'COINOP_HOME',
  'COINOP_RELAYS',
  'COINOP_WALLET_FILE',
  'COINOP_BLOB_SERVERS',
  'COINOP_DATABASE_URL',
  'COINOP_PASSPHRASE',
  'COINOP_MCP_TOKEN',
  'COINOP_MODEL_URL',
  'COINOP_MODEL',
  'COINOP_MODEL_KEY',
  ...BUDGET_FIELDS.map((field) => `COINOP_${field.toUpperCase()}`),
];

/** The configuration files: readable, without secrets, every field known. Misspelt variables are told as well. */
export async function checkConfig(home: string, env: NodeJS.ProcessEnv): Promise<Check[]> {
  const files = configPaths(home).map(async (path): Promise<Check> => {
    if ((await readIfThere(path)) === null) return fine('config', path, 'not there, which is fine');
    const read = await readConfigFile(path);
    if (read.ok) return fine('config', path, `${Object.keys(read.value).length} setting(s)`);
    const { code, message, data } = read.failure;
    return {
      check: 'config',
      subject: path,
      status: 'fail',
      found: message,
      todo: 'Correct the file; until then no command that needs it runs.',
      data: { code, ...data },
    };
  });
  const unknown = Object.keys(env).filter((name) => name.startsWith('COINOP_') && !VARIABLES.includes(name));
  const variables = unknown.map((name): Check => {
    const meant = nearestName(name, VARIABLES);
    const todo = meant === null ? `Known are ${VARIABLES.join(', ')}.` : `Did you mean ${meant}?`;
    return { check: 'config', subject: name, status: 'warn', found: 'no variable of coinop', todo };
  });
  return [...(await Promise.all(files)), ...variables];
}

/** The key files: readable by nobody else, and keys. None is made. */
export async function checkKeys(home: string): Promise<Check[]> {
  const checks = await Promise.all(
    ROLES.map(async (role): Promise<Check[]> => {
      const path = join(home, role, 'key');
      return (await isThere(path)) ? [await checkKey(role, path)] : [];
    }),
  );
  const found = checks.flat();
  return found.length > 0 ? found : [fine('key', home, 'none yet; they are made on first use')];
}

async function checkKey(role: string, path: string): Promise<Check> {
  const key = await loadOrCreateKeyFile(path).catch((error: unknown) => ({
    ok: false as const,
    failure: explainThrown(error),
  }));
  if (key.ok) return fine('key', role, formatNpub(pubkeyOf(key.value.secretKey)), { path });
  const { code, message } = key.failure;
  const todo = code === 'key-file-exposed' ? `chmod 600 ${path}` : `Restore ${path} from a backup.`;
  return { check: 'key', subject: role, status: 'fail', found: message, todo, data: { code, path } };
}

/** Whether others can read the file that holds the wallet connection. */
export async function checkWalletFile(path: string | undefined): Promise<Check[]> {
  if (path === undefined) return [];
  const facts = await stat(path).catch(() => null);
  if (facts === null || process.platform === 'win32' || (facts.mode & 0o077) === 0) return [];
  const found = 'others may read the wallet connection';
  return [{ check: 'wallet', subject: path, status: 'warn', found, todo: `chmod 600 ${path}` }];
}

/** Every database of the accounts: whole, and of which version. Nothing in them is changed. */
export async function checkBooks(home: string): Promise<Check[]> {
  const checks: Check[] = [];
  for (const role of ROLES) {
    const files = await readdir(join(home, role)).catch(() => []);
    for (const file of files.filter((name) => name.endsWith('.sqlite')).toSorted())
      checks.push(checkDatabase(join(home, role, file), `${role}/${file}`));
  }
  return checks.length === 0 ? [fine('books', home, 'none yet; they are made on first use')] : checks;
}

function checkDatabase(path: string, subject: string): Check {
  try {
    const db = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
    try {
      const verdict = String(db.prepare('PRAGMA integrity_check(1)').get()?.['integrity_check']);
      if (verdict !== 'ok') return damaged(subject, verdict);
      const [version] = db.prepare('SELECT max(version) AS version FROM schema_migrations').all();
      return fine('books', subject, `whole, version ${String(version?.['version'])}`, {
        version: version?.['version'],
      });
    } finally {
      db.close();
    }
  } catch (error) {
    return damaged(subject, error instanceof Error ? error.message : 'it cannot be opened');
  }
}

function damaged(subject: string, words: string): Check {
  const todo =
    'Stop everything that uses it, keep a copy of the file, and restore a backup (coinop restore).';
  return { check: 'books', subject, status: 'fail', found: words, todo };
}

/** Room for the books, and whether they may be written. */
export async function checkDisk(home: string): Promise<Check> {
  const dir = await nearestDirectory(home);
  const writable = await access(dir, constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!writable) {
    const todo = 'Choose another --home, or check who owns this one.';
    return { check: 'disk', subject: dir, status: 'fail', found: 'not writable', todo };
  }
  const { bavail, bsize } = await statfs(dir);
  const freeBytes = bavail * bsize;
  const found = `${Math.floor(freeBytes / MIB)} MiB free`;
  if (freeBytes >= SCARCE_BYTES) return fine('disk', dir, found, { freeBytes });
  const status = freeBytes < TOO_LITTLE_BYTES ? 'fail' : 'warn';
  return { check: 'disk', subject: dir, status, found, todo: 'Free some space.', data: { freeBytes } };
}

/** The home, or, before there is one, the directory in which it will be made. */
async function nearestDirectory(path: string): Promise<string> {
  const parent = join(path, '..');
  return parent === path || (await isThere(path)) ? path : nearestDirectory(parent);
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
