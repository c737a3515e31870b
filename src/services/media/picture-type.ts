/** First bytes of pictures, in hexadecimal. */
const SIGNATURES: readonly (readonly [pattern: RegExp, mediaType: string])[] = [
  [/^89504e470d0a1a0a/, 'image/png'],
  [/^ffd8ff/, 'image/jpeg'],
  [/^52494646.{8}57454250/, 'image/webp'],
  [/^47494638/, 'image/gif'],
  [/^49492a00|^4d4d002a/, 'image/tiff'],
];

/** The MIME type of a picture by its first bytes; `null` for what is none of those that people send around. */
export function pictureType(bytes: Uint8Array): string | null {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 16)).toString('hex');
  return SIGNATURES.find(([pattern]) => pattern.test(start))?.[1] ?? null;
}
