import { isHex32 } from './event.ts';
import { parseTagList } from './encryption.ts';
import type { Tags } from './tag-reading.ts';

/** What opens a file that was encrypted by AES-GCM: both in hex, as messages with files have them (NIP-17 kind 15). */
export interface ReferenceKey {
  readonly key: string;
  readonly nonce: string;
}

/** A file that a result consists of or a job works on, and that is kept elsewhere under its hash. */
export interface FileReference {
  readonly url: string;
  /** Other places that have it. */
  readonly fallbacks: readonly string[];
  /** SHA-256 of the bytes at the URL, in hex; of the ciphertext where they are encrypted. */
  readonly sha256: string;
  /** Of the bytes at the URL; `null` when nobody said. */
  readonly size: number | null;
  /** MIME type of the file itself. */
  readonly mediaType: string | null;
  /** How its maker calls it. Untrusted text. */
  readonly name: string | null;
  /** `null` when the bytes are the file itself. */
  readonly encryption: ReferenceKey | null;
}

/** A result that is a file. */
export interface FileResult {
  /** What is said beside it, with its URL in it. */
  readonly text: string;
  readonly file: FileReference;
}

const MAX_FILES = 64;
const MAX_FIELDS = 40;
const MAX_FIELD_LENGTH = 2048;
const MAX_FALLBACKS = 5;

/**
 * Finds the file that a result consists of: an `imeta` tag (NIP-92) about a URL that the content has, or, where the
 * result is not for everybody, both in the content itself, as a list of private tags. `null` when the content is all
 * there is.
 */
export function readResultFile(content: string, tags: Tags): FileResult | null {
  const hidden = content.startsWith('[') ? parseTagList(content) : null;
  const text = hidden?.find(([name]) => name === 'content')?.[1];
  const inner = hidden === null || text === undefined ? null : readFileTag(hidden);
  if (inner !== null && text?.includes(inner.url) === true) return { text, file: inner };
  const file = readFileTag(tags);
  return file !== null && content.includes(file.url) ? { text: content, file } : null;
}

/** Reads the first `imeta` tag; `null` when there is none, or it does not say which bytes are meant. */
export function readFileTag(tags: Tags): FileReference | null {
  return readFile(tags.find(([name]) => name === 'imeta') ?? []);
}

/** Reads every `imeta` tag that says which bytes are meant, up to 64: the files of a request. */
export function readFileTags(tags: Tags): FileReference[] {
  return tags
    .filter(([name]) => name === 'imeta')
    .slice(0, MAX_FILES)
    .flatMap((tag) => readFile(tag) ?? []);
}

function readFile(tag: readonly string[]): FileReference | null {
  const fields = tag
    .slice(1, MAX_FIELDS)
    .filter((field) => field.length <= MAX_FIELD_LENGTH)
    .map((field) => [field.slice(0, field.indexOf(' ')), field.slice(field.indexOf(' ') + 1)] as const);
  const all = (name: string) => fields.filter(([each]) => each === name).map(([, value]) => value);
  const first = (name: string) => all(name)[0] ?? null;
  const [url, sha256, size] = [first('url'), first('x'), Number(first('size') ?? NaN)];
  if (url === null || !isHttpUrl(url) || !isHex32(sha256)) return null;
  const [algorithm, key, nonce] = [
    first('encryption-algorithm'),
    first('decryption-key'),
    first('decryption-nonce'),
  ];
  if (algorithm !== null && (algorithm !== 'aes-gcm' || key === null || nonce === null)) return null;
  return {
    url,
    fallbacks: all('fallback').filter(isHttpUrl).slice(0, MAX_FALLBACKS),
    sha256,
    size: Number.isSafeInteger(size) && size >= 0 ? size : null,
    mediaType: first('m'),
    name: first('name'),
    encryption: algorithm === null || key === null || nonce === null ? null : { key, nonce },
  };
}

/** Writes the `imeta` tag of a file (NIP-92, with the fields of NIP-94 and those of NIP-17 for its key). */
export function fileTag(file: FileReference): string[] {
  const { url, fallbacks, sha256, size, mediaType, name, encryption } = file;
  return [
    'imeta',
    `url ${url}`,
    ...(mediaType === null ? [] : [`m ${mediaType}`]),
    `x ${sha256}`,
    ...(size === null ? [] : [`size ${size}`]),
    ...(name === null ? [] : [`name ${name}`]),
    ...fallbacks.map((fallback) => `fallback ${fallback}`),
    ...(encryption === null
      ? []
      : [
          'encryption-algorithm aes-gcm',
          `decryption-key ${encryption.key}`,
          `decryption-nonce ${encryption.nonce}`,
        ]),
  ];
}

/** Writes a result that is a file and not for everybody: the content that is then encrypted or locked. */
export function hiddenFileResult({ text, file }: FileResult): string {
  return JSON.stringify([fileTag(file), ['content', text]]);
}

function isHttpUrl(url: string): boolean {
  return /^https?:\/\//.test(url) && URL.canParse(url);
}
