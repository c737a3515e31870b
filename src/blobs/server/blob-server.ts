import { Hono, type Context } from 'hono';
import { unixNow } from '../../clock/index.ts';
import type { GuardedFetch } from '../../http/index.ts';
import { isRecord, parseJson } from '../../protocol/index.ts';
import { checkBlobAuthorization, type BlobAction } from '../authorization.ts';
import { blobAddress, hashInAddress } from '../blob-address.ts';
import { parseByteRange } from './byte-range.ts';
import { BlobShelf, type ShelfLimits, type ShelvedBlob } from './blob-shelf.ts';

/** What a Blossom server needs. */
export interface BlobServerOptions {
  /** Keeps the files; made with mode 0700 when missing. */
  readonly dir: string;
  /** How others reach it: the address in descriptors, and whose permissions count. */
  readonly publicUrl: string;
  /** Copies blobs from other servers (BUD-04); without it nothing is copied. */
  readonly fetch?: GuardedFetch;
  readonly limits?: Partial<ShelfLimits>;
  /** Media types to take, such as `image/*`; any when left out. */
  readonly mediaTypes?: readonly string[];
  /**
   * Whose files are taken (public keys in hex); anybody's when left out, which suits a server that only this machine
   * reaches. Keys cost nothing: whoever opens it to the network names those whom it serves.
   */
  readonly mayUpload?: (pubkey: string) => boolean;
  /** How long the bytes of one upload may take; 120 s unless told. */
  readonly uploadTimeoutMs?: number;
  /** Unix seconds; the system clock unless told. */
  readonly now?: () => number;
}

/** A Blossom server without a socket: whoever has one passes it requests. */
export interface BlobServer {
  /** Answers BUD-01, 02, 04, 06 and 12; `null` for a path that is none of theirs. */
  handle(request: Request): Promise<Response | null>;
}

const DEFAULT_LIMITS: ShelfLimits = {
  blobBytes: 32 * 2 ** 20,
  totalBytes: 2 * 2 ** 30,
  blobs: 50_000,
  bytesPerKey: 512 * 2 ** 20,
  ownersPerBlob: 100,
};
const MAX_LISTED = 100;
const MAX_MIRROR_BYTES = 8192;
/** Uploads that may fill the disk at once, and those of one key: it may send its bytes as slowly as it likes. */
const MAX_UPLOADS = 64;
const MAX_UPLOADS_PER_KEY = 16;
const UPLOAD_TIMEOUT_MS = 120_000;
/** Copies that may be fetched at once; each stands in memory until it is stored. */
const MAX_COPIES = 4;

const PATHS = /^\/([0-9a-f]{64}(\.\w{1,16})?|upload|mirror|list\/[0-9a-f]{64})$/;
const HASH = /^[0-9a-f]{64}$/;
const MEDIA_TYPE = /^[\w.+-]{1,60}\/[\w.+-]{1,60}$/;

/** Opens a Blossom server over a directory. Anybody may fetch; who uploads or deletes proves its key (BUD-11). */
export async function createBlobServer(options: BlobServerOptions): Promise<BlobServer> {
  const { publicUrl, now = unixNow } = options;
  const shelf = await BlobShelf.open(options.dir, { ...DEFAULT_LIMITS, ...options.limits }, now);
  const app = new Hono();
  const desk: Desk = {
    shelf,
    publicUrl,
    hosts: [new URL(publicUrl).hostname],
    mediaTypes: options.mediaTypes ?? ['*/*'],
    mayUpload: options.mayUpload ?? (() => true),
    uploadTimeoutMs: options.uploadTimeoutMs ?? UPLOAD_TIMEOUT_MS,
    fetch: options.fetch ?? null,
    now,
    uploads: new Map(),
    copies: { current: 0 },
  };
  app.use(async (context, next) => {
    await next();
    for (const [name, value] of CORS) context.res.headers.set(name, value);
  });
  app.options('*', (context) => context.body(null, 204));
  app.get('/list/:pubkey', (context) => list(desk, context));
  app.get('/upload', (context) => askUpload(desk, context)); // HEAD comes this way as well
  app.put('/upload', (context) => upload(desk, context));
  app.put('/mirror', (context) => mirror(desk, context));
  app.get('/:name', (context) => serve(desk, context));
  app.delete('/:name', (context) => remove(desk, context));
  return {
    async handle(request) {
      return PATHS.test(new URL(request.url).pathname) ? app.fetch(request) : null;
    },
  };
}

const CORS = [
  ['access-control-allow-origin', '*'],
  ['access-control-allow-headers', 'Authorization, *'],
  ['access-control-allow-methods', 'GET, HEAD, PUT, DELETE'],
  ['access-control-expose-headers', '*'],
  ['access-control-max-age', '86400'],
] as const;

interface Desk {
  readonly shelf: BlobShelf;
  readonly publicUrl: string;
  readonly hosts: readonly string[];
  readonly mediaTypes: readonly string[];
  readonly mayUpload: (pubkey: string) => boolean;
  readonly uploadTimeoutMs: number;
  readonly fetch: GuardedFetch | null;
  readonly now: () => number;
  /** Uploads under way, by key. */
  readonly uploads: Map<string, number>;
  readonly copies: { current: number };
}

/** GET and HEAD of a blob. It may be a stranger's page: no browser runs it in this origin. */
function serve({ shelf }: Desk, { req }: Context): Response {
  const blob = shelf.get(hashInAddress(req.path) ?? '');
  if (blob === null) return refused(404, 'This file is not here.');
  const range = parseByteRange(req.header('range') ?? null, blob.size);
  if (range === 'unsatisfiable')
    return refused(416, 'The range lies outside the file.', { 'content-range': `bytes */${blob.size}` });
  const headers: Record<string, string> = {
    'content-type': blob.mediaType,
    'content-length': String(range === null ? blob.size : range.last - range.first + 1),
    'accept-ranges': 'bytes',
    etag: `"${blob.sha256}"`,
    'cache-control': 'public, max-age=31536000, immutable',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
    ...(range === null ? {} : { 'content-range': `bytes ${range.first}-${range.last}/${blob.size}` }),
  };
  const body = req.method === 'HEAD' ? null : shelf.read(blob, range);
  return new Response(body, { status: range === null ? 200 : 206, headers });
}

/** HEAD /upload (BUD-06): would this upload be taken? */
function askUpload(desk: Desk, { req }: Context): Response {
  if (req.method !== 'HEAD') return refused(405, 'Files are uploaded with PUT.');
  const size = Number(req.header('x-content-length') ?? NaN);
  const wanted = admitUpload(desk, req, {
    sha256: req.header('x-sha-256') ?? '',
    mediaType: req.header('x-content-type'),
    size,
  });
  return wanted instanceof Response ? wanted : new Response(null, { status: 200 });
}

async function upload(desk: Desk, { req }: Context): Promise<Response> {
  const wanted = admitUpload(desk, req, {
    sha256: req.header('x-sha-256') ?? '',
    mediaType: req.header('content-type'),
    size: Number(req.header('content-length') ?? 0),
  });
  if (wanted instanceof Response) return wanted;
  return shelve(desk, req.raw.body ?? new Blob([]).stream(), wanted, req.raw.signal);
}

/** PUT /mirror (BUD-04): the same permission as for an upload, whose `x` says which bytes are meant. */
async function mirror(desk: Desk, { req }: Context): Promise<Response> {
  if (desk.fetch === null) return refused(404, 'This server copies nothing.');
  if (Number(req.header('content-length') ?? Infinity) > MAX_MIRROR_BYTES)
    return refused(400, 'Send a JSON object with a "url".');
  const body = parseJson(await req.text());
  const url = isRecord(body) && typeof body['url'] === 'string' ? body['url'] : '';
  const wanted = admitUpload(desk, req, { sha256: hashInAddress(url) ?? '', mediaType: undefined, size: 0 });
  if (wanted instanceof Response) return wanted;
  if (desk.copies.current >= MAX_COPIES)
    return refused(503, 'Too many files are copied at once; try again in a moment.');
  desk.copies.current += 1;
  try {
    const fetched = await desk.fetch(url, { signal: req.raw.signal });
    if (!fetched.ok) return refused(502, 'The file could not be copied from there.');
    const [mediaType = ''] = (fetched.value.contentType ?? '').split(';', 1);
    const about = { ...wanted, mediaType: readMediaType(mediaType) };
    return await shelve(desk, new Blob([fetched.value.body]).stream(), about, req.raw.signal);
  } finally {
    desk.copies.current -= 1;
  }
}

/** A key may list its own files; others could learn from it what was made and not paid for yet. */
function list(desk: Desk, { req }: Context): Response {
  const pubkey = permitted(desk, req, 'list', null);
  if (pubkey instanceof Response) return pubkey;
  if (pubkey !== req.path.slice('/list/'.length)) return refused(403, 'Only the owner may list its files.');
  const owned = desk.shelf.ownedBy(pubkey);
  const cursor = req.query('cursor');
  const from = cursor === undefined ? 0 : owned.findIndex(({ sha256 }) => sha256 === cursor) + 1;
  const limit = Math.min(Math.max(1, Math.trunc(Number(req.query('limit') ?? MAX_LISTED)) || 1), MAX_LISTED);
  return Response.json(owned.slice(from, from + limit).map((blob) => descriptorOf(desk.publicUrl, blob)));
}

async function remove(desk: Desk, { req }: Context): Promise<Response> {
  const sha256 = hashInAddress(req.path) ?? '';
  const allowed = permitted(desk, req, 'delete', sha256);
  if (allowed instanceof Response) return allowed;
  const removed = await desk.shelf.disown(sha256, allowed);
  return removed ? new Response(null, { status: 204 }) : refused(404, 'This file is not here, or not yours.');
}

interface AdmittedUpload {
  readonly sha256: string;
  readonly mediaType: string;
  readonly pubkey: string;
}

/** Judges an upload by its headers: form, permission, type and size. */
function admitUpload(
  desk: Desk,
  req: Context['req'],
  headers: { readonly sha256: string; readonly mediaType: string | undefined; readonly size: number },
): AdmittedUpload | Response {
  const { sha256, size } = headers;
  if (!HASH.test(sha256)) return refused(400, 'Say the SHA-256 of the file in X-SHA-256, as 64 hex digits.');
  if (!Number.isSafeInteger(size)) return refused(411, 'Say how many bytes the file has.');
  const allowed = permitted(desk, req, 'upload', sha256);
  if (allowed instanceof Response) return allowed;
  if (!desk.mayUpload(allowed))
    return refused(403, 'This server takes files of keys that its operator has listed.');
  const mediaType = readMediaType(headers.mediaType?.split(';', 1)[0] ?? '');
  if (!desk.mediaTypes.some((taken) => taken === '*/*' || matches(taken, mediaType)))
    return refused(415, `Files of the type ${mediaType} are not taken.`);
  const room = desk.shelf.check(allowed, size);
  if (!room.ok) return refused(STATUS_OF[room.failure.code], room.failure.message);
  return { sha256, mediaType, pubkey: allowed };
}

/** The key that permits it (hex), or the answer to whoever has no permission. */
function permitted(
  { hosts, now }: Desk,
  req: Context['req'],
  action: BlobAction,
  sha256: string | null,
): string | Response {
  const header = req.header('authorization') ?? null;
  const checked = checkBlobAuthorization(header, { action, sha256, hosts, now: now() });
  return checked.ok ? checked.value : refused(401, checked.failure.message);
}

async function shelve(
  { shelf, publicUrl, uploads, uploadTimeoutMs }: Desk,
  bytes: ReadableStream<Uint8Array>,
  admitted: AdmittedUpload,
  connection: AbortSignal,
): Promise<Response> {
  const { pubkey } = admitted;
  const own = uploads.get(pubkey) ?? 0;
  const all = [...uploads.values()].reduce((sum, count) => sum + count, 0);
  if (own >= MAX_UPLOADS_PER_KEY || all >= MAX_UPLOADS)
    return refused(503, 'Too many uploads at once; try again in a moment.');
  uploads.set(pubkey, own + 1);
  const timeout = AbortSignal.timeout(uploadTimeoutMs);
  try {
    const inTime = bytes.pipeThrough(new TransformStream<Uint8Array, Uint8Array>(), { signal: timeout });
    const put = await shelf.put(inTime, admitted);
    if (!put.ok) return refused(STATUS_OF[put.failure.code], put.failure.message);
    const { blob, created } = put.value;
    return Response.json(descriptorOf(publicUrl, blob), { status: created ? 201 : 200 });
  } catch (error) {
    if (connection.aborted) return refused(400, 'The upload broke off.');
    if (!timeout.aborted) throw error;
    return refused(408, `The file did not come within ${uploadTimeoutMs / 1000} s.`);
  } finally {
    const left = (uploads.get(pubkey) ?? 1) - 1;
    if (left === 0) uploads.delete(pubkey);
    else uploads.set(pubkey, left);
  }
}

const STATUS_OF = {
  'too-large': 413,
  'quota-exceeded': 429,
  'shelf-full': 507,
  'hash-mismatch': 409,
  'too-many-owners': 429,
} as const;

function descriptorOf(publicUrl: string, { sha256, size, mediaType, uploadedAt }: ShelvedBlob) {
  return {
    url: blobAddress(publicUrl, sha256, mediaType),
    sha256,
    size,
    type: mediaType,
    uploaded: uploadedAt,
  };
}

function readMediaType(text: string): string {
  const mediaType = text.trim().toLowerCase();
  return MEDIA_TYPE.test(mediaType) ? mediaType : 'application/octet-stream';
}

function matches(pattern: string, mediaType: string): boolean {
  return pattern === mediaType || (pattern.endsWith('/*') && mediaType.startsWith(pattern.slice(0, -1)));
}

/** `X-Reason` is for people (BUD-01). */
function refused(status: number, reason: string, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(reason, { status, headers: { ...headers, 'x-reason': reason } });
}
