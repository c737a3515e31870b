import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { link, mkdir, open, unlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { failure, success, type Outcome } from '../../protocol/index.ts';

const TOKEN_BYTES = 32;
const MIN_CHARS = 16;
const MAX_FILE_BYTES = 4096;

/** Why a token cannot be used. */
export type TokenFailureCode = 'token-file-exposed' | 'token-too-short';

/**
 * The bearer token in a file, which is made (mode 0600) with a fresh token when it is missing. Fails with
 * `token-file-exposed` when others may read the file, and with `token-too-short`.
 */
export async function loadOrCreateToken(path: string): Promise<Outcome<string, TokenFailureCode>> {
  const known = await readToken(path);
  if (known !== null) return known;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomUUID()}.new`;
  try {
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    await writeFile(draft, `${token}\n`, { mode: 0o600, flag: 'wx' });
    await link(draft, path); // fails when another process was first
    return success(token);
  } catch (error) {
    const winner = await readToken(path);
    if (winner === null) throw error;
    return winner;
  } finally {
    await unlink(draft).catch(() => undefined); // absent when it could not be made
  }
}

/** Refuses tokens that could be guessed. */
export function checkToken(token: string): Outcome<string, 'token-too-short'> {
  return token.length >= MIN_CHARS
    ? success(token)
    : failure('token-too-short', `The token must have at least ${MIN_CHARS} characters.`);
}

/** Whether an `Authorization` header carries the token; takes as long for a wrong one as for the right one. */
export function carriesToken(header: string | null, token: string): boolean {
  const given = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1] ?? '';
  return timingSafeEqual(digest(given), digest(token));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

async function readToken(path: string): Promise<Outcome<string, TokenFailureCode> | null> {
  const file = await open(path, 'r').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  });
  if (file === null) return null;
  try {
    const facts = await file.stat(); // of the open file: it cannot be swapped between check and read
    if (process.platform !== 'win32' && (facts.mode & 0o077) !== 0)
      return failure('token-file-exposed', `Others may read the token: run chmod 600 ${path}.`, { path });
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_FILE_BYTES), 0, MAX_FILE_BYTES, 0);
    return checkToken(buffer.toString('utf8', 0, bytesRead).trim());
  } finally {
    await file.close();
  }
}
