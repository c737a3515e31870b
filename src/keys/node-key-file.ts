import { randomUUID } from 'node:crypto';
import { constants, link, mkdir, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { failure, success, type Outcome } from '../protocol/index.ts';
import {
  formatNcryptsec,
  formatNsec,
  generateSecretKey,
  parseSecretKey,
  type SecretKeyFailure,
} from './secret-key.ts';

/** A secret key kept in a file, and whether this call made it. */
export interface KeyFile {
  readonly secretKey: Uint8Array;
  readonly created: boolean;
}

/** Why a key file cannot be used. */
export type KeyFileFailure = SecretKeyFailure | 'key-file-exposed' | 'key-file-unusable';

const MAX_KEY_FILE_BYTES = 4096;

/**
 * Reads the secret key in a file (nsec, hex or ncryptsec), or makes the file with a fresh key: mode 0600,
 * complete or absent whatever happens, and one winner when several processes try at once. The fresh key is random
 * unless told; with a password it is stored as ncryptsec. Fails with `key-file-exposed` when others may read the file,
 * `key-file-unusable` when it is no small regular file, or as `parseSecretKey`; other I/O errors throw.
 */
export async function loadOrCreateKeyFile(
  path: string,
  options: { readonly password?: string; readonly fresh?: Uint8Array } = {},
): Promise<Outcome<KeyFile, KeyFileFailure>> {
  const existing = await readKeyFile(path, options.password);
  if (existing !== null) return existing;
  const secretKey = options.fresh ?? generateSecretKey();
  const text =
    options.password === undefined ? formatNsec(secretKey) : formatNcryptsec(secretKey, options.password);
  if (await createWhole(path, `${text}\n`)) return success({ secretKey, created: true });
  const winner = await readKeyFile(path, options.password);
  return (
    winner ?? failure('key-file-unusable', `The key file ${path} vanished while it was made: try again.`)
  );
}

/**
 * Takes the secret key (nsec, hex or ncryptsec) out of an environment variable and removes the variable,
 * so that child processes do not inherit it. `null` when it is unset or empty; fails as `parseSecretKey`.
 */
export function takeSecretKeyFromEnv(
  env: Record<string, string | undefined>,
  name: string,
  password?: string,
): Outcome<Uint8Array | null, SecretKeyFailure> {
  const text = env[name];
  delete env[name];
  return text === undefined || text.trim() === '' ? success(null) : parseSecretKey(text, password);
}

async function readKeyFile(
  path: string,
  password: string | undefined,
): Promise<Outcome<KeyFile, KeyFileFailure> | null> {
  // O_NONBLOCK: opening a FIFO would otherwise wait for a writer for ever.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  });
  if (handle === null) return null;
  try {
    const facts = await handle.stat(); // of the open file: it cannot be swapped between check and read
    if (!facts.isFile() || facts.size > MAX_KEY_FILE_BYTES)
      return failure('key-file-unusable', `${path} is not a key file: name a small regular file.`, { path });
    if (process.platform !== 'win32' && (facts.mode & 0o077) !== 0)
      return failure('key-file-exposed', `Others may read the key file: run chmod 600 ${path}.`, { path });
    const parsed = parseSecretKey(await handle.readFile('utf8'), password);
    return parsed.ok ? success({ secretKey: parsed.value, created: false }) : parsed;
  } finally {
    await handle.close();
  }
}

/** Writes and syncs a temporary file, then links it to its name: `false` when the name was taken. */
async function createWhole(path: string, text: string): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomUUID()}.new`;
  try {
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await link(draft, path);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await unlink(draft).catch(() => undefined); // absent when it could not be made
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
