import { utf8ToBytes } from '@noble/hashes/utils.js';
import { sha256Hex } from '../../blobs/index.ts';
import type { Sale } from '../../ledger/index.ts';
import { isHex32, isRecord, parseJson, type ReferenceKey } from '../../protocol/index.ts';
import type { FileDesk } from './file-desk.ts';

/** A finished file as it is uploaded, and what else there is to say in its result. */
export interface KeptOutput {
  /** Encrypted where it must not be readable at its URL. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly sha256: string;
  /** MIME type of the file itself. */
  readonly mediaType: string;
  readonly name: string | null;
  readonly encryption: ReferenceKey | null;
  /** Said beside the file. */
  readonly said: string;
  /** What is shown of it before it is paid. */
  readonly sample: string;
}

type SaleKey = Pick<Sale, 'providerPubkey' | 'requestId'>;

/** Makes an output durable: first its bytes, then what is to be known of them. */
export async function keepOutput({ kept }: FileDesk, sale: SaleKey, output: KeptOutput): Promise<void> {
  const { bytes, ...about } = output;
  await kept.write(about.sha256, bytes);
  await kept.write(nameOf(sale), utf8ToBytes(JSON.stringify(about)));
}

/** An output that is of no use is not found again. */
export async function forgetOutput({ kept }: FileDesk, sale: SaleKey): Promise<void> {
  await kept.write(nameOf(sale), new Uint8Array());
}

/** The output of a sale that was finished before; `null` when there is none, or it was cleared away or damaged. */
export async function readKeptOutput({ kept }: FileDesk, sale: SaleKey): Promise<KeptOutput | null> {
  const written = await kept.read(nameOf(sale));
  const about = written === null ? null : parseJson(new TextDecoder().decode(written));
  if (!isRecord(about)) return null;
  const { sha256, mediaType, name, encryption, said, sample } = about;
  if (!isHex32(sha256) || typeof mediaType !== 'string' || typeof said !== 'string') return null;
  const bytes = await kept.read(sha256);
  if (bytes === null || sha256Hex(bytes) !== sha256) return null;
  return {
    bytes,
    sha256,
    mediaType,
    name: typeof name === 'string' ? name : null,
    encryption: readKey(encryption),
    said,
    sample: typeof sample === 'string' ? sample : '',
  };
}

function readKey(value: unknown): ReferenceKey | null {
  if (!isRecord(value)) return null;
  const { key, nonce } = value;
  return typeof key === 'string' && typeof nonce === 'string' ? { key, nonce } : null;
}

function nameOf({ providerPubkey, requestId }: SaleKey): string {
  return `${providerPubkey}-${requestId}.json`;
}
