import {
  BLOB_SERVER_LIST_KIND,
  blobAddress,
  decryptFile,
  parseBlobServerList,
  sha256Hex,
} from '../blobs/index.ts';
import {
  failure,
  readResultFile,
  success,
  type FileReference,
  type NostrEvent,
  type Outcome,
} from '../protocol/index.ts';
import type { FileSource, ReceivedFile } from './received-file.ts';
import type { CustomerContext } from './run.ts';

/** What a result comes to: its words, and its file where it is one. */
export interface DeliveredContent {
  /** The text of a file that is text; else what the provider says, with the file's URL in it. */
  readonly content: string;
  readonly file: ReceivedFile | null;
}

/** The parts of a customer that fetch files. */
export type FileContext = Pick<CustomerContext, 'files' | 'ledger' | 'relays' | 'relayUrls' | 'signal'>;

/** A larger file is not fetched. */
const MAX_FILE_BYTES = 32 * 2 ** 20;

/**
 * The content of a result as its reader wants it: where it is a file, that is fetched, held against its hash and
 * decrypted. Fails with `result-unreadable`; `data.reason` is a `BlobFailureCode` or `wrong-key`. A customer that
 * fetches no files gets the content as it stands.
 */
export async function deliveredContent(
  context: FileContext,
  requestId: string,
  result: Pick<NostrEvent, 'pubkey' | 'tags'>,
  content: string,
): Promise<Outcome<DeliveredContent, 'result-unreadable'>> {
  const found = readResultFile(content, result.tags);
  if (found === null || context.files === null) return success({ content, file: null });
  const { text, file } = found;
  const fetched = await fetchFile(context, { requestId, author: result.pubkey }, file);
  if (!fetched.ok) return fetched;
  const opened = file.encryption === null ? fetched : await decryptFile(fetched.value, file.encryption);
  if (!opened.ok) return unreadable(opened.failure.code, 'the key in the result does not open it');
  const { mediaType, name, url } = file;
  const received: ReceivedFile = { bytes: opened.value, mediaType, name, url };
  const isAllText = text.trim() === url && isText(mediaType);
  return success({ content: isAllText ? new TextDecoder().decode(received.bytes) : text, file: received });
}

/**
 * The bytes behind a reference: as they were fetched before, or from the servers it names, or from those that its
 * author lists (BUD-03). Once money went into the purchase they are kept among the files that were bought. Fails with
 * `result-unreadable`.
 */
export async function fetchFile(
  context: FileContext,
  { requestId, author }: { readonly requestId: string; readonly author: string },
  { sha256, size, url, fallbacks }: FileReference,
): Promise<Outcome<Uint8Array<ArrayBuffer>, 'result-unreadable'>> {
  const { files, signal } = context;
  if (files === null) return unreadable('no-blob-server', 'no files are fetched here');
  if (size !== null && size > MAX_FILE_BYTES)
    return unreadable('blob-too-large', `it has more than ${MAX_FILE_BYTES} bytes`);
  const isPaid = await isPaidFor(context, requestId);
  const kept = await readKept(files, sha256);
  if (kept !== null) {
    if (isPaid && kept.from === files.keptUnpaid) await files.kept.write(sha256, kept.bytes);
    return success(kept.bytes);
  }
  const wanted = { sha256, maxBytes: size ?? MAX_FILE_BYTES };
  const named = await files.client.download({ ...wanted, urls: [url, ...fallbacks] }, { signal });
  const listed = named.ok ? [] : await listedBy(context, author, sha256);
  const fetched =
    listed.length === 0 ? named : await files.client.download({ ...wanted, urls: listed }, { signal });
  if (!fetched.ok) return unreadable(fetched.failure.code, fetched.failure.message);
  await (isPaid ? files.kept : files.keptUnpaid).write(sha256, fetched.value);
  return fetched;
}

/** Whether money went into a purchase, or is on its way: what it brought is the customer's then. */
async function isPaidFor({ ledger }: FileContext, requestId: string): Promise<boolean> {
  return (await ledger.purchases.payments(requestId)).some(({ state }) => state !== 'failed');
}

async function readKept(files: FileSource, sha256: string) {
  for (const from of [files.kept, files.keptUnpaid]) {
    const bytes = await from.read(sha256);
    if (bytes !== null && sha256Hex(bytes) === sha256) return { from, bytes };
  }
  return null;
}

/** How long relays are waited for that may have the author's list of servers. */
const LIST_MS = 3000;

async function listedBy(
  { relays, relayUrls, signal }: FileContext,
  author: string,
  sha256: string,
): Promise<readonly string[]> {
  const filter = { kinds: [BLOB_SERVER_LIST_KIND], authors: [author], limit: 1 };
  const [list] = await relays.query(relayUrls, [filter], { signal, timeoutMs: LIST_MS });
  const servers = list === undefined ? [] : parseBlobServerList(list);
  return servers.flatMap((server) => blobAddress(server, sha256, '') ?? []);
}

function isText(mediaType: string | null): boolean {
  return /^(text\/|application\/([\w.+-]*\+)?(json|xml)\b)/i.test(mediaType ?? '');
}

function unreadable(reason: string, why: string) {
  return failure('result-unreadable', `The file behind the result cannot be had: ${why}`, { reason });
}
