import { constants, inflateRawSync } from 'node:zlib';
import { failure, success, type Outcome } from '../protocol/index.ts';

/** What one archive may contain. */
export interface ZipLimits {
  readonly maxEntries: number;
  /** Of all entries together, unpacked. */
  readonly maxUnpackedBytes: number;
}

interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly packedBytes: number;
  readonly unpackedBytes: number;
  readonly headerOffset: number;
}

const END_SIGNATURE = 0x06054b50;
const ENTRY_SIGNATURE = 0x02014b50;
const LOCAL_SIGNATURE = 0x04034b50;
const END_BYTES = 22;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;
const STORED = 0;
const DEFLATED = 8;

/**
 * Reads the names in a zip archive after proving that it is not a bomb: the sizes in the central directory
 * are a claim, so every entry is inflated under the size that it claims before a library unpacks it.
 * Fails with `file-unreadable` (no archive, damaged, encrypted, a false size) or `file-too-large`.
 * Format: PKWARE APPNOTE 6.3, without ZIP64, whose archives are larger than any document taken here.
 */
export function checkZip(
  bytes: Uint8Array,
  limits: ZipLimits,
): Outcome<readonly string[], 'file-unreadable' | 'file-too-large'> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const entries = readDirectory(file, limits.maxEntries);
  if (entries === null) return failure('file-unreadable', 'The file is a damaged zip archive.');
  if (entries === 'too-many')
    return failure('file-too-large', `The archive has more than ${limits.maxEntries} entries.`);
  const claimed = entries.reduce((sum, entry) => sum + entry.unpackedBytes, 0);
  if (claimed > limits.maxUnpackedBytes)
    return failure('file-too-large', `The archive unpacks to more than ${limits.maxUnpackedBytes} bytes.`);
  if (!entries.every((entry) => unpacksAsClaimed(file, entry)))
    return failure('file-unreadable', 'The archive is damaged, encrypted or lies about its sizes.');
  return success(entries.map((entry) => entry.name));
}

function readDirectory(file: Buffer, maxEntries: number): ZipEntry[] | 'too-many' | null {
  const end = file.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end < 0 || end + END_BYTES > file.length || file.readUInt32LE(end) !== END_SIGNATURE) return null;
  const count = file.readUInt16LE(end + 10);
  if (count > maxEntries) return 'too-many';
  const entries: ZipEntry[] = [];
  let at = file.readUInt32LE(end + 16);
  for (let index = 0; index < count; index++) {
    if (at + ENTRY_BYTES > end || file.readUInt32LE(at) !== ENTRY_SIGNATURE) return null;
    const nameLength = file.readUInt16LE(at + 28);
    entries.push({
      name: file.toString('utf8', at + ENTRY_BYTES, at + ENTRY_BYTES + nameLength),
      method: file.readUInt16LE(at + 10),
      packedBytes: file.readUInt32LE(at + 20),
      unpackedBytes: file.readUInt32LE(at + 24),
      headerOffset: file.readUInt32LE(at + 42),
    });
    at += ENTRY_BYTES + nameLength + file.readUInt16LE(at + 30) + file.readUInt16LE(at + 32);
  }
  // An archive reader that goes on where the count stops would meet entries that nobody has checked.
  return at === end ? entries : null;
}

function unpacksAsClaimed(file: Buffer, entry: ZipEntry): boolean {
  const { headerOffset, packedBytes, unpackedBytes } = entry;
  if (headerOffset + LOCAL_BYTES > file.length || file.readUInt32LE(headerOffset) !== LOCAL_SIGNATURE)
    return false;
  const start =
    headerOffset + LOCAL_BYTES + file.readUInt16LE(headerOffset + 26) + file.readUInt16LE(headerOffset + 28);
  if (start + packedBytes > file.length) return false;
  if (entry.method === STORED) return packedBytes === unpackedBytes;
  if (entry.method !== DEFLATED) return false;
  try {
    const packed = file.subarray(start, start + packedBytes);
    const unpacked = inflateRawSync(packed, {
      // Zlib wants room for at least one byte.
      maxOutputLength: Math.max(unpackedBytes, 1),
      finishFlush: constants.Z_SYNC_FLUSH,
    });
    return unpacked.length === unpackedBytes;
  } catch {
    return false;
  }
}
