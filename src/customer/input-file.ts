import { encryptFile, type BlobClient, type BlobFailureCode } from '../blobs/index.ts';
import type { Signer } from '../keys/index.ts';
import { failure, success, type Outcome } from '../protocol/index.ts';
import type { WishInput } from './wish.ts';

/** A file that somebody wants to have worked on. */
export interface InputFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** MIME type. */
  readonly mediaType: string;
  /** How it is called; told to nobody but the provider of an encrypted request. */
  readonly name?: string;
  readonly marker?: string;
}

/** A larger file is not stored. */
const MAX_MIB = 32;
const MAX_FILE_BYTES = MAX_MIB * 2 ** 20;
/** What stands at the URL of an encrypted file, as far as its server knows. */
const SEALED_TYPE = 'application/octet-stream';

/**
 * Stores a file on Blossom servers, to be an input of a wish. For an encrypted wish (`encrypted`) it is encrypted first,
 * under a key that travels in the input, and so only inside of the encrypted request. The servers learn its size and who
 * stores it. Fails with `file-too-large` or a `BlobFailureCode`; asking again stores it anew.
 */
export async function storeInputFile(
  { bytes, mediaType, name, marker }: InputFile,
  to: {
    readonly client: Pick<BlobClient, 'upload'>;
    readonly servers: readonly string[];
    readonly signer: Signer;
    readonly encrypted: boolean;
    readonly signal: AbortSignal;
  },
): Promise<Outcome<WishInput, BlobFailureCode | 'file-too-large'>> {
  const { client, servers, signer, encrypted, signal } = to;
  if (bytes.length > MAX_FILE_BYTES)
    return failure('file-too-large', `A file has at most ${MAX_MIB} MiB.`, { max: MAX_MIB });
  const sealed = encrypted ? await encryptFile(bytes) : null;
  const blob = sealed === null ? { bytes, mediaType } : { bytes: sealed.bytes, mediaType: SEALED_TYPE };
  const stored = await client.upload(blob, { servers, signer, signal });
  if (!stored.ok) return stored;
  const { sha256, size, urls } = stored.value;
  const [url = '', ...fallbacks] = urls;
  const said = { type: 'url', data: url, ...(marker === undefined ? {} : { marker }) };
  if (sealed === null) return success(said);
  const encryption = sealed.fileKey;
  return success({
    ...said,
    file: { url, fallbacks, sha256, size, mediaType, name: name ?? null, encryption },
  });
}
