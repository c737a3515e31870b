import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';

/** File extensions of media types that results commonly have; a server may name others. */
const EXTENSIONS: Readonly<Record<string, string>> = {
  'application/json': 'json',
  'application/pdf': 'pdf',
  'application/zip': 'zip',
  'audio/flac': 'flac',
  'audio/midi': 'mid',
  'audio/mpeg': 'mp3',
  'audio/ogg': 'ogg',
  'audio/wav': 'wav',
  'image/gif': 'gif',
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/svg+xml': 'svg',
  'image/webp': 'webp',
  'text/csv': 'csv',
  'text/html': 'html',
  'text/markdown': 'md',
  'text/plain': 'txt',
  'video/mp4': 'mp4',
  'video/webm': 'webm',
};

/** The SHA-256 of bytes in lower-case hex, which is the address of a blob. */
export function sha256Hex(bytes: Uint8Array): string {
  return bytesToHex(sha256(bytes));
}

/**
 * Where a server has a blob (BUD-01): at its root, by hash, with an extension that tells people and players what it
 * is. `null` when the server's address is no http or https URL.
 */
export function blobAddress(server: string, hash: string, mediaType: string): string | null {
  const url = URL.parse(server);
  if (url === null || !/^https?:$/.test(url.protocol)) return null;
  return `${url.origin}/${hash}.${extensionOf(mediaType)}`;
}

/** The file extension for a media type, parameters and case aside; `bin` for one that is not known. */
export function extensionOf(mediaType: string): string {
  return EXTENSIONS[mediaType.split(';', 1)[0]?.trim().toLowerCase() ?? ''] ?? 'bin';
}

/** The hash in a blob's URL, the last 64 hex digits that stand alone (BUD-03); `null` when there is none. */
export function hashInAddress(url: string): string | null {
  return url.match(/(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/g)?.at(-1) ?? null;
}
