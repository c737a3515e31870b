import { createReadStream } from 'node:fs';
import { access, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { failure, FailureError, orThrow, parseJson, success, type Outcome } from '../../protocol/index.ts';
import { openSqlNwcConnections } from '../../money/sql.ts';
import { unpackFiles } from './archive.ts';
import { MANIFEST, shownNames } from './backup.ts';
import { byteSource } from './byte-source.ts';
import { markRestored } from './restored.ts';
import { unseal, type UnsealFailureCode } from './sealed-stream.ts';

/** What a backup is restored from and to. */
export interface RestoreOptions {
  readonly path: string;
  readonly passphrase: string;
  /** A directory that does not exist or is empty. */
  readonly home: string;
  /** Unix seconds. */
  readonly now: () => number;
}

/** What was restored. */
export interface Restored {
  /** Unix seconds. */
  readonly madeAt: number;
  /** Names, of folders one for all. */
  readonly files: readonly string[];
  /** So many wallet connections that were handed out have ended. */
  readonly endedConnections: number;
}

/** `restore-target-exists`: nothing is overwritten. `no-such-backup`: there is no such file. */
export type RestoreFailureCode = UnsealFailureCode | 'restore-target-exists' | 'no-such-backup';

/** Where an account keeps the wallet connections that it hands out. */
export const CONNECTIONS_FILE = 'connections.sqlite';

const Manifest = z.object({ madeAt: z.number().int() });

/**
 * Restores a backup into a new directory, whole or not at all. Its accounts are marked: each compares its books
 * with its wallet before it does anything else (see `openAccount`). Wallet connections that were handed out end, for
 * the backup knows neither which were ended since nor what they have spent. The machine that made the backup must not be
 * used any more, for two machines with one key do not know of each other's purchases.
 */
export async function restoreBackup(options: RestoreOptions): Promise<Outcome<Restored, RestoreFailureCode>> {
  const home = resolve(options.home);
  if (!(await isFree(home)))
    return failure('restore-target-exists', `${home} is in use already; choose a new directory.`);
  const isThere = await access(options.path).then(
    () => true,
    () => false,
  );
  if (!isThere) return failure('no-such-backup', `There is no file ${options.path}.`);
  await mkdir(dirname(home), { recursive: true, mode: 0o700 });
  const draft = await mkdtemp(join(dirname(home), '.coinop-restore-'));
  try {
    const unpacked = await unpack(options, draft);
    if (!unpacked.ok) return unpacked;
    const manifest = Manifest.parse(parseJson(await readFile(join(draft, MANIFEST), 'utf8')));
    await rm(join(draft, MANIFEST));
    for (const name of unpacked.value) if (name.endsWith('.sqlite')) checkDatabase(join(draft, name));
    const mark = { madeAt: manifest.madeAt, restoredAt: options.now() };
    const accounts = new Set(unpacked.value.flatMap((name) => /^(.+?)\//.exec(name)?.[1] ?? []));
    let endedConnections = 0;
    for (const name of unpacked.value)
      if (basename(name) === CONNECTIONS_FILE)
        endedConnections += await endConnections(join(draft, name), mark.restoredAt);
    for (const account of accounts) await markRestored(join(draft, account), mark);
    await rename(draft, home);
    return success({
      madeAt: manifest.madeAt,
      files: shownNames(unpacked.value.filter((name) => name !== MANIFEST)),
      endedConnections,
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function unpack(
  { path, passphrase }: RestoreOptions,
  dir: string,
): Promise<Outcome<string[], UnsealFailureCode>> {
  const stream = createReadStream(path);
  try {
    const unsealed = await unseal(byteSource(stream), passphrase);
    if (!unsealed.ok) return unsealed;
    return await unpackFiles(byteSource(plainChunks(unsealed.value)), dir);
  } catch (error) {
    if (error instanceof FailureError) return damaged();
    throw error;
  } finally {
    stream.destroy();
  }
}

async function* plainChunks(
  chunks: AsyncIterable<Outcome<Uint8Array, UnsealFailureCode>>,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield orThrow(chunk);
}

function damaged() {
  return failure('wrong-passphrase', 'The passphrase is wrong, or the backup is damaged.');
}

async function isFree(dir: string): Promise<boolean> {
  const found = await stat(dir).catch(() => null);
  return found === null || (found.isDirectory() && (await readdir(dir)).length === 0);
}

async function endConnections(path: string, now: number): Promise<number> {
  const connections = openSqlNwcConnections({ path });
  try {
    const open = (await connections.list()).filter(({ revokedAt }) => revokedAt === undefined);
    for (const { name } of open) orThrow(await connections.revoke(name, now));
    return open.length;
  } finally {
    await connections.close();
  }
}

function checkDatabase(path: string): void {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    const verdict = db.prepare('PRAGMA quick_check').get()?.['quick_check'];
    if (verdict !== 'ok') throw new Error(`${path} was damaged before it was backed up.`);
  } finally {
    db.close();
  }
}
