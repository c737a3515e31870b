import { decryptFile, sha256Hex } from '../blobs/index.ts';
import { failure, success, type FileReference, type JobRequest, type Outcome } from '../protocol/index.ts';

/** Fetches the bytes behind a URL under guard (no private addresses, size and time limits). */
export type FetchInput = (
  url: string,
  options: { readonly signal: AbortSignal; readonly maxBytes: number },
) => Promise<Outcome<FetchedInput>>;

/** What lies behind a URL. */
interface FetchedInput {
  readonly contentType: string | null;
  readonly body: Uint8Array;
}

/** Stands in where no URLs are fetched: always fails with `input-unsupported`. */
export const fetchNothing: FetchInput = () =>
  Promise.resolve(failure('input-unsupported', 'This provider does not fetch URLs.'));

/**
 * Fetches the bytes of a `url` input. Of a `data:` URL they are in the request itself. Where the request says by an
 * `imeta` tag which bytes are meant, nothing else is taken, from the URL or its fallbacks, and what is encrypted is
 * opened. Fails with `url-invalid`, `input-too-large`, `input-mismatch`, `input-locked` or the fetch's own code.
 */
export async function fetchUrlInput(
  fetch: FetchInput,
  request: Pick<JobRequest, 'files'>,
  url: string,
  limits: { readonly signal: AbortSignal; readonly maxBytes: number },
): Promise<Outcome<FetchedInput>> {
  if (url.startsWith('data:')) return readDataUrl(url);
  const file = request.files.find((each) => each.url === url);
  return file === undefined ? fetch(url, limits) : fetchFile(fetch, file, limits);
}

async function fetchFile(
  fetch: FetchInput,
  file: FileReference,
  { signal, maxBytes }: { readonly signal: AbortSignal; readonly maxBytes: number },
): Promise<Outcome<FetchedInput>> {
  const mostBytes = maxBytes + (file.encryption === null ? 0 : SEAL_BYTES);
  const size = file.size ?? mostBytes;
  if (size > mostBytes) return failure('input-too-large', `The file of the input exceeds ${maxBytes} bytes.`);
  let failed: Outcome<FetchedInput> = MISMATCH;
  for (const url of [file.url, ...file.fallbacks]) {
    failed = await fetch(url, { signal, maxBytes: size });
    if (failed.ok && sha256Hex(failed.value.body) === file.sha256) return openFile(file, failed.value);
    if (failed.ok) failed = MISMATCH;
    if (signal.aborted) break;
  }
  return failed;
}

/** AES-GCM appends as much. */
const SEAL_BYTES = 16;

const MISMATCH = failure('input-mismatch', 'The servers have other bytes than those that the request names.');

async function openFile(
  file: FileReference,
  { body, contentType }: FetchedInput,
): Promise<Outcome<FetchedInput>> {
  if (file.encryption === null) return success({ body, contentType: file.mediaType ?? contentType });
  const opened = await decryptFile(body, file.encryption);
  if (!opened.ok)
    return failure('input-locked', 'The key in the request does not open the file of the input.');
  return success({ body: opened.value, contentType: file.mediaType });
}

/** A small file travels in the request itself; reading it touches no network. */
async function readDataUrl(url: string): Promise<Outcome<FetchedInput>> {
  try {
    const response = await globalThis.fetch(url);
    const body = new Uint8Array(await response.arrayBuffer());
    return success({ contentType: response.headers.get('content-type'), body });
  } catch {
    return failure('url-invalid', 'The data URL of the input cannot be read.');
  }
}
