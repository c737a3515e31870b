import { base64 } from '@scure/base';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { encryptFile, sha256Hex } from '../../blobs/index.ts';
import { pause } from '../../clock/index.ts';
import type { Sale } from '../../ledger/index.ts';
import {
  hiddenFileResult,
  type ExchangeMode,
  type FileReference,
  type JobRequest,
} from '../../protocol/index.ts';
import type { ProviderContext } from '../context.ts';
import { JobFailure, type JobOutput, type ResultFile, type Service } from '../handler.ts';
import { beginningOf } from '../part-of-text.ts';
import type { FileDesk } from './file-desk.ts';
import { forgetOutput, keepOutput, readKeptOutput, type KeptOutput } from './kept-output.ts';

/** Finished work as its result says it. */
export interface Product {
  /** The result's content. It has all there is to know where the result is not for everybody. */
  readonly content: string;
  /** The file at a URL in the content, to be said in a tag; `null` when there is none, or the content says it. */
  readonly file: FileReference | null;
  /** MIME type of a content that is a text and not plain; `null` for any other. */
  readonly mediaType: string | null;
  /** What `sample` shows before it is paid. */
  readonly sample: string;
}

/** A job whose work is to become a product. */
export interface WorkedJob {
  readonly request: JobRequest;
  readonly service: Service;
  /** Told before its file is stored where anybody can read it: from then on the work is given away. */
  readonly onReadable: () => void;
}

/** Without a server for blobs, files up to this size are results by themselves, as `data:` URLs. */
const INLINE_FILE_BYTES = 32 * 1024;
/** Modes in which the file is stored before it is paid, and must not be readable until then. */
const STORED_UNPAID: readonly ExchangeMode[] = ['reveal', 'sample'];
/** What a text is taken for that says nothing of itself. */
const PLAIN: ReadonlySet<string> = new Set(['', 'text/plain']);
/** How long a server that takes no file is left alone before it is asked again: at first, and at most. */
const ASK_AGAIN_MS = { first: 1000, longest: 30_000 } as const;

/**
 * Makes the product of an output: text that relays take stands for itself, anything larger and every file is kept,
 * then stored on the servers for blobs, and named by its URL. Waits for a server until the signal aborts. Throws a
 * `JobFailure` with `result-too-large`, or `file-not-stored` when no server took it in time.
 */
export async function makeProduct(
  context: ProviderContext,
  sale: Sale,
  job: WorkedJob,
  output: JobOutput | string,
  signal: AbortSignal,
): Promise<Product> {
  const plain = typeof output === 'string' ? { content: output } : output;
  const { files, limits } = context;
  if (!('file' in plain)) {
    const { content, mediaType = 'text/plain' } = plain;
    const bytes = utf8ToBytes(content);
    if (files === null || bytes.length <= limits.inlineBytes) {
      if (bytes.length > limits.resultBytes) throw tooLarge(limits.resultBytes);
      const sample = sampleOf(sale, job.service, content);
      return { content, file: null, mediaType: PLAIN.has(mediaType) ? null : mediaType, sample };
    }
    const sample = sampleOf(sale, job.service, content);
    return storeFile(context, files, sale, job, { file: { bytes, mediaType }, said: '', sample }, signal);
  }
  const { file, content: said = '' } = plain;
  const sample = said === '' ? describe(file) : sampleOf(sale, job.service, said);
  if (files !== null) return storeFile(context, files, sale, job, { file, said, sample }, signal);
  if (file.bytes.length > INLINE_FILE_BYTES) throw tooLarge(INLINE_FILE_BYTES);
  const url = `data:${file.mediaType};base64,${base64.encode(file.bytes)}`;
  return { content: said === '' ? url : `${said}\n${url}`, file: null, mediaType: null, sample };
}

/** The product of a sale whose file was finished by an earlier try of its work; `null` when there is none. */
export async function earlierProduct(
  context: ProviderContext,
  sale: Sale,
  job: WorkedJob,
  signal: AbortSignal,
): Promise<Product | null> {
  if (context.files === null || sale.attempts <= 1) return null;
  const kept = await readKeptOutput(context.files, sale);
  return kept && upload(context, context.files, sale, job, kept, signal);
}

/** Stores the file of a result anew where it was kept, for a customer that could not fetch it; one try. */
export async function storeAgain(context: ProviderContext, sale: Sale): Promise<void> {
  const { files, signer, signal } = context;
  const kept = files && (await readKeptOutput(files, sale));
  if (files === null || kept === null) return;
  const stored = await files.client.upload(blobOf(kept), { servers: files.servers, signer, signal });
  if (!stored.ok) context.onTrouble(stored.failure, sale);
}

async function storeFile(
  context: ProviderContext,
  files: FileDesk,
  sale: Sale,
  job: WorkedJob,
  output: { readonly file: ResultFile; readonly said: string; readonly sample: string },
  signal: AbortSignal,
): Promise<Product> {
  const { file, said, sample } = output;
  if (file.bytes.length > context.limits.fileBytes) throw tooLarge(context.limits.fileBytes);
  const isHidden = job.request.scheme !== null || STORED_UNPAID.includes(sale.exchange);
  const sealed = isHidden ? await encryptFile(file.bytes) : null;
  const bytes = sealed?.bytes ?? new Uint8Array(file.bytes);
  const kept: KeptOutput = {
    bytes,
    sha256: sha256Hex(bytes),
    mediaType: oneLine(file.mediaType),
    name: file.name === undefined ? null : oneLine(file.name),
    encryption: sealed?.fileKey ?? null,
    said,
    sample,
  };
  await keepOutput(files, sale, kept);
  context.checkpoint('provider:file-kept');
  return upload(context, files, sale, job, kept, signal);
}

/** Asks the servers until one has the file. */
async function upload(
  context: ProviderContext,
  files: FileDesk,
  sale: Sale,
  { request, onReadable }: WorkedJob,
  kept: KeptOutput,
  signal: AbortSignal,
): Promise<Product> {
  if (kept.encryption === null && !signal.aborted) onReadable();
  let pauseMs: number = ASK_AGAIN_MS.first;
  while (!signal.aborted) {
    const { servers, client } = files;
    const stored = await client.upload(blobOf(kept), { servers, signer: context.signer, signal });
    if (stored.ok) {
      context.checkpoint('provider:file-stored');
      return productOf(sale, request, kept, stored.value.urls);
    }
    if (stored.failure.code === 'blob-too-large') {
      await forgetOutput(files, sale); // it fits no better after a crash
      throw tooLarge(kept.bytes.length - 1);
    }
    context.onTrouble(stored.failure, sale);
    await pause(pauseMs, signal);
    pauseMs = Math.min(pauseMs * 2, ASK_AGAIN_MS.longest);
  }
  throw new JobFailure('file-not-stored', 'No server for files took the result in time.');
}

function productOf(
  { exchange }: Sale,
  request: JobRequest,
  kept: KeptOutput,
  [url = '', ...fallbacks]: readonly string[],
): Product {
  const { sha256, mediaType, name, encryption, said, sample } = kept;
  const file = { url, fallbacks, sha256, size: kept.bytes.length, mediaType, name, encryption };
  const text = said === '' ? url : `${said}\n${url}`;
  if (request.scheme === null && exchange !== 'reveal')
    return { content: text, file, mediaType: null, sample };
  const content = hiddenFileResult({ text, file });
  if (exchange !== 'reveal') return { content, file: null, mediaType: null, sample };
  // Where the ciphertext is may be known: the customer fetches it before paying for its key.
  const ciphertext = { ...file, mediaType: SEALED_TYPE, name: null, encryption: null };
  return { content, file: ciphertext, mediaType: null, sample };
}

const SEALED_TYPE = 'application/octet-stream';

function blobOf({ bytes, mediaType, encryption }: KeptOutput) {
  return { bytes, mediaType: encryption === null ? mediaType : SEALED_TYPE };
}

/** What a service shows of its work where it does not say so itself: the first fifth, at most 1,000 characters. */
function sampleOf({ exchange }: Sale, { sample }: Service, text: string): string {
  if (exchange !== 'sample') return '';
  return sample?.(text) ?? beginningOf(text, Math.min(Math.ceil(text.length / 5), 1000));
}

/** Of a picture or a sound nothing can be shown but what it is. */
function describe({ bytes, mediaType, name }: ResultFile): string {
  return `${name ?? 'A file'}: ${mediaType}, ${bytes.length} bytes`;
}

function tooLarge(bytes: number): JobFailure {
  return new JobFailure('result-too-large', `The result exceeds ${bytes} bytes.`);
}

/** Tags of files are lines of words. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, 200);
}
