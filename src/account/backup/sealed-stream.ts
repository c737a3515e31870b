import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { scryptAsync } from '@noble/hashes/scrypt.js';
import { bytesToHex, concatBytes, hexToBytes, randomBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { z } from 'zod';
import { failure, isHex32, parseJson, success, type Outcome } from '../../protocol/index.ts';
import type { ByteSource } from './byte-source.ts';

/** Why a backup cannot be read: it is none, or the passphrase is wrong or the file damaged (nobody can tell which). */
export type UnsealFailureCode = 'not-a-backup' | 'wrong-passphrase';

const MAGIC = 'coinop backup 1\n';
/** What guessing costs: 128 MB and about a second for each passphrase tried. */
const COST = { n: 2 ** 17, r: 8, p: 1 } as const;
/** A file from outside may not ask for more. */
const Header = z.strictObject({
  kdf: z.literal('scrypt'),
  n: z
    .number()
    .int()
    .min(2)
    .max(2 ** 18)
    .refine((n) => (n & (n - 1)) === 0),
  r: z.number().int().min(1).max(16),
  p: z.number().int().min(1).max(4),
  salt: z.string().refine(isHex32),
  prefix: z.string().regex(/^[0-9a-f]{38}$/),
});
type Header = z.infer<typeof Header>;

const MAX_HEADER_BYTES = 1024;
const CHUNK_BYTES = 65_536;
const TAG_BYTES = 16;

/**
 * Encrypts a stream with a passphrase: scrypt, then XChaCha20-Poly1305 in numbered chunks of which the last is
 * marked, so that chunks cannot be swapped, dropped or cut off.
 */
export async function* seal(
  plain: AsyncIterable<Uint8Array>,
  passphrase: string,
): AsyncGenerator<Uint8Array> {
  const salt = bytesToHex(randomBytes(32));
  const header: Header = { kdf: 'scrypt', ...COST, salt, prefix: bytesToHex(randomBytes(19)) };
  const head = utf8ToBytes(`${MAGIC}${JSON.stringify(header)}\n`);
  const cipher = await cipherOf(header, head, passphrase);
  yield head;
  let waiting: Uint8Array = new Uint8Array();
  let counter = 0;
  for await (const bytes of plain) {
    waiting = concatBytes(waiting, bytes);
    while (waiting.length > CHUNK_BYTES) {
      yield cipher(counter++, false).encrypt(waiting.subarray(0, CHUNK_BYTES));
      waiting = waiting.subarray(CHUNK_BYTES);
    }
  }
  yield cipher(counter, true).encrypt(waiting);
}

/** Decrypts what `seal` made. Each chunk that comes is authentic; that none is missing is known at the end. */
export async function unseal(
  sealed: ByteSource,
  passphrase: string,
): Promise<Outcome<AsyncGenerator<Outcome<Uint8Array, UnsealFailureCode>>, UnsealFailureCode>> {
  const magic = new TextDecoder().decode(await sealed.upTo(MAGIC.length));
  const line = magic === MAGIC ? await sealed.line(MAX_HEADER_BYTES) : null;
  const header = Header.safeParse(line === null ? null : parseJson(line));
  if (!header.success) return failure('not-a-backup', 'This file is not a backup made by `coinop backup`.');
  const cipher = await cipherOf(header.data, utf8ToBytes(`${MAGIC}${line}\n`), passphrase);
  return success(chunksOf(sealed, cipher));
}

async function* chunksOf(
  sealed: ByteSource,
  cipher: ChunkCipher,
): AsyncGenerator<Outcome<Uint8Array, UnsealFailureCode>> {
  for (let counter = 0, isLast = false; !isLast; counter++) {
    const chunk = await sealed.upTo(CHUNK_BYTES + TAG_BYTES);
    isLast = await sealed.isAtEnd();
    try {
      yield success(cipher(counter, isLast).decrypt(chunk));
    } catch {
      yield failure('wrong-passphrase', 'The passphrase is wrong, or the backup is damaged.');
      return;
    }
  }
}

type ChunkCipher = (counter: number, isLast: boolean) => ReturnType<typeof xchacha20poly1305>;

/** The nonce of a chunk: 19 random bytes of the file, its number, and whether it is the last. */
async function cipherOf(
  { n, r, p, salt, prefix }: Header,
  head: Uint8Array,
  passphrase: string,
): Promise<ChunkCipher> {
  const secret = utf8ToBytes(passphrase.normalize('NFKC'));
  const key = await scryptAsync(secret, hexToBytes(salt), { N: n, r, p, dkLen: 32 });
  return (counter, isLast) => {
    const place = new Uint8Array(5);
    new DataView(place.buffer).setUint32(0, counter);
    place[4] = isLast ? 1 : 0;
    return xchacha20poly1305(key, concatBytes(hexToBytes(prefix), place), head);
  };
}
