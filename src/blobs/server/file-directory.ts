import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { KeptFiles } from '../kept-files.ts';

/** Names that stay inside the directory on every system. */
const NAME = /^[\w-][\w.-]{0,199}$/;
/** Ends the name of a file that is still being written. */
export const UNFINISHED_FILE = '.unfinished';

/**
 * Keeps files in a directory (mode 0700, made when missing), for as many processes of this machine as like. A file is
 * there as a whole or not at all: it is written beside its place, synced, and moved.
 */
export async function openFileDirectory(options: {
  readonly dir: string;
  /** Above this the files that were written first go. */
  readonly maxBytes: number;
}): Promise<KeptFiles> {
  const { dir, maxBytes } = options;
  await mkdir(dir, { recursive: true, mode: 0o700 });
  return {
    async write(name, bytes) {
      const path = pathOf(dir, name);
      await makeRoom(dir, maxBytes - bytes.length, name);
      await writeWhole(path, bytes);
    },
    async read(name) {
      try {
        return new Uint8Array(await readFile(pathOf(dir, name)));
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
        throw error;
      }
    },
  };
}

/** Writes a file that is either whole and durable or not there; nobody else on the machine may read it. */
export async function writeWhole(path: string, bytes: Uint8Array | string): Promise<void> {
  const unfinished = `${path}.${randomUUID()}${UNFINISHED_FILE}`;
  try {
    const file = await open(unfinished, 'wx', 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

function pathOf(dir: string, name: string): string {
  if (!NAME.test(name)) throw new Error('A kept file has a name of letters, digits, dots and dashes.');
  return join(dir, name);
}

/** What a process that died left half-written is no older than this when its writer may still be alive. */
const ABANDONED_MS = 600_000;

/** Removes the oldest files until what is left fits; the file that is about to be replaced counts as gone. */
async function makeRoom(dir: string, roomBytes: number, replaced: string): Promise<void> {
  const found = await Promise.all((await readdir(dir)).map((name) => look(dir, name)));
  const files = found.filter((file) => file !== null).toSorted((left, right) => left.at - right.at);
  let total = 0;
  for (const { name, size } of files) if (name !== replaced) total += size;
  for (const { name, size, at } of files) {
    const isAbandoned = name.endsWith(UNFINISHED_FILE) && Date.now() - at > ABANDONED_MS;
    if (name === replaced || (total <= roomBytes && !isAbandoned)) continue;
    await rm(join(dir, name), { force: true });
    total -= size;
  }
}

async function look(
  dir: string,
  name: string,
): Promise<{ readonly name: string; readonly size: number; readonly at: number } | null> {
  const found = await stat(join(dir, name)).catch(() => null); // another process removed it
  return found?.isFile() === true ? { name, size: found.size, at: found.mtimeMs } : null;
}
