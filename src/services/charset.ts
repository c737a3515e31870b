/** More control and replacement characters than this share of a text mean that it is not text. */
const MAX_JUNK_SHARE = 0.02;

/**
 * Decodes text of unknown encoding: a byte order mark decides, then the charset of the media type, then
 * that of an HTML meta element, then UTF-8 if the bytes are that, else windows-1252 (the web's latin1).
 * `null` when what comes out is not text.
 */
export function decodeText(bytes: Uint8Array, mediaType: string | null): string | null {
  const head = new TextDecoder('windows-1252').decode(bytes.subarray(0, 1024));
  const wishes = [
    markedEncoding(bytes),
    /charset\s*=\s*"?([^\s";]+)/i.exec(mediaType ?? '')?.[1],
    /<meta[^>]+charset\s*=\s*["']?([^\s"'/>;]+)/i.exec(head)?.[1],
    'utf-8',
  ];
  for (const encoding of wishes) {
    const text = decodeStrictly(bytes, encoding);
    if (text !== null) return isText(text) ? text : null;
  }
  const text = new TextDecoder('windows-1252').decode(bytes);
  return isText(text) ? text : null;
}

function markedEncoding(bytes: Uint8Array): string | undefined {
  const [first, second, third] = bytes;
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8';
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  return undefined;
}

/** `null` when the encoding is unknown or the bytes are not valid in it. */
function decodeStrictly(bytes: Uint8Array, encoding: string | undefined): string | null {
  try {
    return encoding === undefined ? null : new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function isText(text: string): boolean {
  if (text.includes('\0')) return false;
  // eslint-disable-next-line no-control-regex -- control characters are what is counted
  const junk = text.match(/[\u0001-\u0008\u000e-\u001f\u007f-\u009f\ufffd]/g)?.length ?? 0;
  return junk <= text.length * MAX_JUNK_SHARE;
}
