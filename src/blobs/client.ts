import { unixNow } from '../clock/index.ts';
import type { GuardedFetch, UrlFailureCode } from '../http/index.ts';
import type { Signer } from '../keys/index.ts';
import { failure, isRecord, parseJson, success, type Failure, type Outcome } from '../protocol/index.ts';
import { signBlobAuthorization } from './authorization.ts';
import { blobAddress, hashInAddress, sha256Hex } from './blob-address.ts';
import type { BlobFailureCode, StoredBlob, WantedBlob } from './contract.ts';

/** What a client of Blossom servers works with. */
export interface BlobClientOptions {
  /** Guarded: addresses of servers come from strangers as well. Its limits bound each transfer. */
  readonly fetch: GuardedFetch;
  /** Unix seconds; the system clock unless told. */
  readonly now?: () => number;
}

/** Stores and fetches blobs on Blossom servers, which are all interchangeable: a hash is the same everywhere. */
export interface BlobClient {
  /**
   * Stores bytes on the first of these servers that takes them, then on as many of the others as take them within
   * seconds. Fails with a `BlobFailureCode` when none does; asking again is harmless.
   */
  upload(
    blob: { readonly bytes: Uint8Array<ArrayBuffer>; readonly mediaType: string },
    to: { readonly servers: readonly string[]; readonly signer: Signer; readonly signal: AbortSignal },
  ): Promise<Outcome<StoredBlob, BlobFailureCode>>;
  /** Fetches a blob from the first source that has it, and takes nothing but the bytes of its hash. */
  download(
    wanted: WantedBlob,
    options: { readonly signal: AbortSignal },
  ): Promise<Outcome<Uint8Array<ArrayBuffer>, BlobFailureCode>>;
}

/** Servers that one file is stored on, and sources that one is looked for at. */
const MAX_SERVERS = 6;
/** Above this a server is asked before the bytes are sent (BUD-06). */
const ASK_FIRST_BYTES = 2 ** 20;
/** How long the other servers may take once one has the blob; a delivery waits for this. */
const OTHERS_MS = 5000;
/** Descriptors are small. */
const MAX_DESCRIPTOR_BYTES = 16_384;

/** Statuses by which a server says that it will not take this upload, whatever it knows of asking first. */
const REFUSES: ReadonlySet<number> = new Set([401, 402, 403, 413, 415, 429]);

/** Makes a client (BUD-01, BUD-02, BUD-04, BUD-06, BUD-11). */
export function createBlobClient({ fetch, now = unixNow }: BlobClientOptions): BlobClient {
  return {
    async upload(blob, { servers, signer, signal }) {
      const sha256 = sha256Hex(blob.bytes);
      const usable = servers.filter((server) => blobAddress(server, sha256, '') !== null);
      const [...asked] = usable.slice(0, MAX_SERVERS);
      if (asked.length === 0) return NO_SERVER;
      const header = await signBlobAuthorization(signer, {
        action: 'upload',
        servers: asked,
        sha256,
        now: now(),
      });
      const sending: Sending = { fetch, sha256, header, ...blob };
      const failures: Failure<BlobFailureCode>[] = [];
      for (let server = asked.shift(); server !== undefined; server = asked.shift()) {
        const first = await putTo(server, sending, signal);
        if (!first.ok) {
          failures.push(first.failure);
          continue;
        }
        const others = await copyTo(asked, first.value, sending, signal);
        return success({ sha256, size: blob.bytes.length, urls: [first.value, ...others] });
      }
      return { ok: false, failure: worstOf(failures) };
    },
    async download({ sha256, urls, maxBytes }, { signal }) {
      const failures: Failure<BlobFailureCode>[] = [];
      for (const url of urls.slice(0, MAX_SERVERS)) {
        const fetched = await fetch(url, { signal, maxBytes });
        if (!fetched.ok) failures.push(downloadFailure(fetched.failure));
        else if (sha256Hex(fetched.value.body) === sha256) return success(fetched.value.body);
        else failures.push(MISMATCH);
      }
      return urls.length === 0 ? NO_SERVER : { ok: false, failure: worstOf(failures) };
    },
  };
}

/** One blob on its way to servers. */
interface Sending {
  readonly fetch: GuardedFetch;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly mediaType: string;
  readonly sha256: string;
  /** The permission to upload it. */
  readonly header: string;
}

type UploadedTo = Outcome<string, BlobFailureCode>;

/** Stores the blob on one server, which may have it already; the value is its URL. */
async function putTo(server: string, sending: Sending, signal: AbortSignal): Promise<UploadedTo> {
  const { fetch, bytes, mediaType, sha256, header } = sending;
  const url = blobAddress(server, sha256, mediaType);
  if (url === null) return NO_SERVER;
  const origin = new URL(server).origin;
  const known = await fetch(`${origin}/${sha256}`, { method: 'HEAD', signal });
  if (known.ok) return success(url);
  if (bytes.length > ASK_FIRST_BYTES) {
    const allowed = await fetch(`${origin}/upload`, {
      method: 'HEAD',
      headers: {
        authorization: header,
        'x-sha-256': sha256,
        'x-content-type': mediaType,
        'x-content-length': String(bytes.length),
      },
      signal,
    });
    if (!allowed.ok && REFUSES.has(statusOf(allowed.failure))) return uploadFailure(allowed.failure);
  }
  const answer = await fetch(`${origin}/upload`, {
    method: 'PUT',
    headers: { authorization: header, 'content-type': mediaType, 'x-sha-256': sha256 },
    body: bytes,
    maxBytes: MAX_DESCRIPTOR_BYTES,
    signal,
  });
  return answer.ok ? readDescriptor(answer.value.body, sending, url) : uploadFailure(answer.failure);
}

/** Has the other servers copy the blob from the first (BUD-04), or sends it to those that do not; best effort. */
async function copyTo(
  servers: readonly string[],
  source: string,
  sending: Sending,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (servers.length === 0) return [];
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), OTHERS_MS);
  const within = AbortSignal.any([signal, over.signal]);
  try {
    const copied = await Promise.allSettled(
      servers.map((server) => copyToOne(server, source, sending, within)),
    );
    return copied.flatMap((copy) => (copy.status === 'fulfilled' && copy.value.ok ? [copy.value.value] : []));
  } finally {
    clearTimeout(timer);
  }
}

async function copyToOne(
  server: string,
  source: string,
  sending: Sending,
  signal: AbortSignal,
): Promise<UploadedTo> {
  const url = blobAddress(server, sending.sha256, sending.mediaType);
  if (url === null) return NO_SERVER;
  const answer = await sending.fetch(`${new URL(server).origin}/mirror`, {
    method: 'PUT',
    headers: { authorization: sending.header, 'content-type': 'application/json' },
    body: JSON.stringify({ url: source }),
    maxBytes: MAX_DESCRIPTOR_BYTES,
    signal,
  });
  const mirrored = answer.ok ? readDescriptor(answer.value.body, sending, url) : null;
  return mirrored?.ok ? mirrored : putTo(server, sending, signal);
}

/** A descriptor must be of our bytes; where it names no URL of them, the server's own address does. */
function readDescriptor(body: Uint8Array, sending: Sending, url: string): UploadedTo {
  const described = parseJson(new TextDecoder().decode(body));
  if (!isRecord(described) || described['sha256'] !== sending.sha256) return { ok: false, failure: MISMATCH };
  const said = described['url'];
  const isUsable =
    typeof said === 'string' && /^https?:/.test(said) && hashInAddress(said) === sending.sha256;
  return success(isUsable ? said : url);
}

function uploadFailure(why: Failure<UrlFailureCode>): { ok: false; failure: Failure<BlobFailureCode> } {
  const status = statusOf(why);
  if (status === 413)
    return failure('blob-too-large', 'The server takes no file of this size; choose another server.');
  if (status >= 400 && status < 500)
    return failure('blob-refused', `The server refused the file with status ${status}.`, { status });
  return failure('blob-unreachable', `The file could not be stored: ${why.message}`, { reason: why.code });
}

function downloadFailure(why: Failure<UrlFailureCode>): Failure<BlobFailureCode> {
  const { code, message } = why;
  const status = statusOf(why);
  if (status === 404 || status === 410)
    return { code: 'blob-missing', message: 'The server does not have the file (any more).' };
  if (code === 'url-too-large')
    return { code: 'blob-too-large', message: 'The server sends more than the file was said to have.' };
  return { code: 'blob-unreachable', message, data: { reason: code } };
}

function statusOf({ code, data }: Failure<UrlFailureCode>): number {
  return code === 'url-status' && typeof data?.['status'] === 'number' ? data['status'] : 0;
}

/** What says most about why nothing worked: bytes that are wrong, before a refusal, before silence. */
const MOST_TELLING: readonly BlobFailureCode[] = [
  'blob-mismatch',
  'blob-too-large',
  'blob-refused',
  'blob-unreachable',
  'blob-missing',
];

function worstOf(failures: readonly Failure<BlobFailureCode>[]): Failure<BlobFailureCode> {
  for (const code of MOST_TELLING) {
    const found = failures.find((each) => each.code === code);
    if (found !== undefined) return found;
  }
  return NO_SERVER.failure;
}

const NO_SERVER = failure(
  'no-blob-server',
  'No server for files is known; name the URL of a Blossom server.',
);
const MISMATCH: Failure<BlobFailureCode> = {
  code: 'blob-mismatch',
  message: 'The server has other bytes than those of the hash.',
};
