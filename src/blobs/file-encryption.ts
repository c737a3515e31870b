import { bytesToHex, hexToBytes, randomBytes } from '@noble/hashes/utils.js';
import { failure, success, type Outcome } from '../protocol/index.ts';

/** What opens an encrypted file, as messages with files have it (NIP-17 kind 15, `aes-gcm`). Whoever has it reads the file. */
export interface FileKey {
  /** 32 bytes in hex. */
  readonly key: string;
  /** 12 bytes in hex as we write it; some peers use 16. */
  readonly nonce: string;
}

const KEY_BYTES = 32;
const NONCE_BYTES = 12;

/** Encrypts a file under a key that is made for it and never used again; AES-256-GCM, the tag at the end. */
export async function encryptFile(
  bytes: Uint8Array,
): Promise<{ readonly bytes: Uint8Array<ArrayBuffer>; readonly fileKey: FileKey }> {
  const [key, iv] = [randomBytes(KEY_BYTES), randomBytes(NONCE_BYTES)];
  const sealed = await crypto.subtle.encrypt(
    { name: 'AES-GCM', iv: ownBuffer(iv) },
    await importKey(key, 'encrypt'),
    ownBuffer(bytes),
  );
  return { bytes: new Uint8Array(sealed), fileKey: { key: bytesToHex(key), nonce: bytesToHex(iv) } };
}

/** Opens what `encryptFile`, or a peer, encrypted. Fails with `wrong-key`, also when the bytes were changed. */
export async function decryptFile(
  bytes: Uint8Array,
  { key, nonce }: FileKey,
): Promise<Outcome<Uint8Array<ArrayBuffer>, 'wrong-key'>> {
  if (!/^[0-9a-f]{64}$/.test(key) || !/^([0-9a-f]{2}){12,16}$/.test(nonce)) return WRONG_KEY;
  try {
    const opened = await crypto.subtle.decrypt(
      { name: 'AES-GCM', iv: ownBuffer(hexToBytes(nonce)) },
      await importKey(hexToBytes(key), 'decrypt'),
      ownBuffer(bytes),
    );
    return success(new Uint8Array(opened));
  } catch {
    return WRONG_KEY;
  }
}

const WRONG_KEY = failure('wrong-key', 'The key of the file does not open it.');

function importKey(key: Uint8Array, use: 'encrypt' | 'decrypt') {
  return crypto.subtle.importKey('raw', ownBuffer(key), 'AES-GCM', false, [use]);
}

/** WebCrypto takes no view into shared memory, and a view of any other kind costs nothing to pass on. */
function ownBuffer(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : new Uint8Array(bytes);
}
