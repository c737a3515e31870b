import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { UNFINISHED_FILE } from '../../blobs/server.ts';
import { failure, success, type Outcome } from '../../protocol/index.ts';
import { tryLock } from '../process-lock.ts';
import { isArchivable, isNotThere, packFiles, type ArchivedFile } from './archive.ts';
import { seal } from './sealed-stream.ts';

/** What is backed up, and where to. */
export interface BackupOptions {
  /** Directory in which each account has one of its own. */
  readonly home: string;
  /** Names of the accounts' directories; those that do not exist are left out. */
  readonly accounts: readonly string[];
  /** The file that is made. */
  readonly path: string;
  readonly passphrase: string;
  /** The wallet connection, when it is wanted in the backup. */
  readonly walletUri?: string | undefined;
  /** Unix seconds. */
  readonly now: () => number;
}

/**
 * `backup-exists`: nothing is overwritten. `nothing-to-back-up`: no account was used yet. `backup-running`: another
 * process backs this home up at the moment.
 */
export type BackupFailureCode = 'backup-exists' | 'nothing-to-back-up' | 'backup-running';

/** How what was not copied from a file is called in a backup. */
export const MANIFEST = 'backup.json';
export const WALLET_FILE = 'wallet.nwc';
const CONFIG_FILE = 'config.toml';
/** Below the home, because what is in it is not encrypted yet. */
const DRAFT_DIR = '.backup-draft';
/** Ends the name of an encrypted file that is not complete yet. */
const PART = '.coinop-part';
const BUSY_TIMEOUT_MS = 5_000;

/**
 * Writes one encrypted file with the keys, the lists of providers, a consistent snapshot of every SQLite file, the files
 * that were sold or paid for, and the configuration, which holds no secrets. Everything may stay in use meanwhile. The
 * file is complete or absent, readable by its owner alone; returns the names in it, of folders one for all. Nothing that is not encrypted leaves the home, and what a crash left there
 * is removed by the next backup.
 */
export async function writeBackup(options: BackupOptions): Promise<Outcome<string[], BackupFailureCode>> {
  const { home, accounts } = options;
  const found = await Promise.all(accounts.map((account) => filesIn(join(home, account))));
  if (!found.flat().some(isBackedUp))
    return failure('nothing-to-back-up', `There is no account in ${home}.`, { home });
  const lock = tryLock(home, 'backup');
  if (lock === null)
    return failure('backup-running', `${home} is being backed up already: ask again when that is done.`);
  const draftDir = join(home, DRAFT_DIR);
  try {
    await rm(draftDir, { recursive: true, force: true });
    await mkdir(draftDir, { mode: 0o700 });
    const files = await gather(options, draftDir);
    return (await writeWhole(files, options))
      ? success(shownNames(files.map(({ name }) => name)))
      : failure('backup-exists', `${options.path} exists already; nothing is overwritten.`);
  } finally {
    await rm(draftDir, { recursive: true, force: true });
    lock.close();
  }
}

async function gather(
  { home, accounts, now, walletUri }: BackupOptions,
  draftDir: string,
): Promise<ArchivedFile[]> {
  const files = [await written(draftDir, MANIFEST, JSON.stringify({ madeAt: now() }))];
  for (const account of accounts) files.push(...(await accountFiles(home, account, draftDir)));
  files.push(...(await filesIn(home)).filter((name) => name === CONFIG_FILE).map(inDir(home, '')));
  if (walletUri !== undefined) files.push(await written(draftDir, WALLET_FILE, `${walletUri}\n`));
  return files;
}

/** What is copied as it is: the key, and whom the account blocks. */
const PLAIN_FILES: ReadonlySet<string> = new Set(['key', 'providers.json']);

function isPlain(name: string): boolean {
  return PLAIN_FILES.has(name);
}

function isBackedUp(name: string): boolean {
  return isPlain(name) || name.endsWith('.sqlite');
}

/** Below an account: the keys that services name for themselves, and what was sold or paid for as a file. */
const FOLDERS = [
  { folder: 'keys', mayVanish: false },
  { folder: 'files', mayVanish: true },
] as const;

/** Folders by themselves instead of all that is in them. */
export function shownNames(names: readonly string[]): string[] {
  return [...new Set(names.map((name) => name.replace(/^(.+\/.+\/).+$/, '$1')))];
}

/** The ledger is copied first: what comes after it may know more than it does, never less. */
async function accountFiles(home: string, account: string, draftDir: string): Promise<ArchivedFile[]> {
  const names = (await filesIn(join(home, account)))
    .filter(isBackedUp)
    .toSorted((a, b) => Number(b === 'ledger.sqlite') - Number(a === 'ledger.sqlite'));
  const files = names.filter(isPlain).map(inDir(join(home, account), `${account}/`));
  for (const name of names.filter((other) => !isPlain(other))) {
    const path = join(draftDir, randomUUID());
    snapshot(join(home, account, name), path);
    files.push({ name: `${account}/${name}`, path });
  }
  for (const { folder, mayVanish } of FOLDERS) {
    const dir = join(home, account, folder);
    const kept = (await inOrder(dir)).map(inDir(dir, `${account}/${folder}/`));
    const whole = kept.filter(({ name }) => isArchivable(name));
    files.push(...(mayVanish ? whole.map((file) => ({ ...file, mayVanish })) : whole));
  }
  return files;
}

/** Oldest first, so that they are as old as each other when they are restored; none that is still being written. */
async function inOrder(dir: string): Promise<string[]> {
  const names = (await filesIn(dir)).filter((name) => !name.endsWith(UNFINISHED_FILE));
  const dated = names.map(async (name) => {
    const found = await stat(join(dir, name)).catch(() => null); // it is gone by now
    return { name, at: found?.mtimeMs ?? 0 };
  });
  return (await Promise.all(dated)).toSorted((a, b) => a.at - b.at).map(({ name }) => name);
}

function inDir(dir: string, prefix: string): (name: string) => ArchivedFile {
  return (name) => ({ name: `${prefix}${name}`, path: join(dir, name) });
}

async function filesIn(dir: string): Promise<string[]> {
  const found = await readdir(dir, { withFileTypes: true }).catch((error: unknown) => {
    if (isNotThere(error)) return [];
    throw error;
  });
  return found.filter((entry) => entry.isFile()).map(({ name }) => name);
}

/** A copy as of one moment, whoever writes meanwhile. */
function snapshot(from: string, to: string): void {
  const db = new DatabaseSync(from, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
  try {
    db.prepare('VACUUM INTO ?').run(to);
  } finally {
    db.close();
  }
}

async function written(dir: string, name: string, text: string): Promise<ArchivedFile> {
  const path = join(dir, randomUUID());
  await writeFile(path, text, { mode: 0o600 });
  return { name, path };
}

/** Writes and syncs the encrypted file under another name, then links it to its own: `false` when that was taken. */
async function writeWhole(
  files: readonly ArchivedFile[],
  { path, passphrase }: BackupOptions,
): Promise<boolean> {
  const [dir, prefix] = [dirname(path), `.${basename(path)}.`];
  const isLeftOver = (name: string): boolean => name.startsWith(prefix) && name.endsWith(PART);
  for (const name of (await filesIn(dir)).filter(isLeftOver)) await rm(join(dir, name), { force: true });
  const draft = join(dir, `${prefix}${randomUUID()}${PART}`);
  const file = await open(draft, 'wx', 0o600);
  try {
    for await (const bytes of seal(packFiles(files), passphrase)) await file.writeFile(bytes);
    await file.sync();
    await link(draft, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    await file.close();
    await unlink(draft);
  }
}
