import { readFile, stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { addAbortSignal, type Readable } from 'node:stream';
import { failure, success, type Outcome } from '../../protocol/index.ts';

/** An input as it goes into the request's `i` tag. */
export interface BuyInput {
  readonly type: 'text' | 'url';
  readonly data: string;
  /** For people: the URL, the file's name, or `stdin`. */
  readonly name: string;
}

/** What fits into an event that relays take, and again into the result that repeats it; larger files need a URL. */
const MAX_INLINE_BYTES = 120_000;

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.pdf': 'application/pdf',
  '.docx': 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  '.html': 'text/html',
  '.htm': 'text/html',
  '.md': 'text/markdown',
};

/**
 * Reads what to work on: a URL as it is, `-` as text from stdin, a text file as text, any other file as a
 * `data:` URL. Fails with `input-missing`, `unreadable-input` or `input-too-large`, and with `interrupted`
 * when the signal aborts while stdin is read.
 */
export async function readBuyInput(
  argument: string,
  stdin: Readable,
  signal: AbortSignal,
): Promise<Outcome<BuyInput>> {
  if (/^https?:\/\//i.test(argument))
    return URL.canParse(argument)
      ? success({ type: 'url', data: argument, name: argument })
      : failure('unreadable-input', `${argument} is not a valid URL.`);
  if (argument === '-') return stdinInput(stdin, signal);
  const found = await stat(argument).catch(() => null);
  if (!found?.isFile())
    return failure('input-missing', `${argument} is neither a URL nor a file; pipe text in with "-".`);
  if (found.size > MAX_INLINE_BYTES) return tooLarge(argument);
  return fileInput(argument, await readFile(argument));
}

async function stdinInput(stdin: Readable, signal: AbortSignal): Promise<Outcome<BuyInput>> {
  try {
    return textInput(await readBounded(addAbortSignal(signal, stdin)), 'stdin');
  } catch (error) {
    if (!signal.aborted) throw error;
    return failure('interrupted', 'Interrupted before anything was bought.');
  }
}

function fileInput(path: string, bytes: Uint8Array): Outcome<BuyInput> {
  const mediaType = MEDIA_TYPES[extname(path).toLowerCase()];
  if (mediaType === undefined || mediaType === 'text/markdown') {
    const text = decodeText(bytes);
    if (text !== null) return textInput(text, path);
  }
  const data = `data:${mediaType ?? 'application/octet-stream'};base64,${Buffer.from(bytes).toString('base64')}`;
  return success({ type: 'url', data, name: path });
}

function textInput(text: string | null, name: string): Outcome<BuyInput> {
  if (text === null) return tooLarge(name);
  if (text.trim() === '') return failure('unreadable-input', `There is no text in ${name}.`);
  return success({ type: 'text', data: text, name });
}

function tooLarge(name: string): Outcome<BuyInput> {
  return failure(
    'input-too-large',
    `${name} is larger than ${MAX_INLINE_BYTES} bytes, more than relays take; put it on the web and give its URL.`,
  );
}

function decodeText(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

async function readBounded(stdin: AsyncIterable<Uint8Array>): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    size += chunk.length;
    if (size > MAX_INLINE_BYTES) return null;
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}
