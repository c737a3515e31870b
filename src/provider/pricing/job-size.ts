import { utf8ToBytes } from '@noble/hashes/utils.js';
import type { JobInput, JobRequest } from '../../protocol/index.ts';

/**
 * How large the inputs of a job are together, as far as it is known when its price is said. What is not known is
 * `null`: nothing is guessed.
 */
export interface JobSize {
  /** Unicode code points. */
  readonly characters: number | null;
  /** Words, as separated by white space. */
  readonly words: number | null;
  readonly bytes: number | null;
  /** Length of recorded sound; read from WAV files only. */
  readonly seconds: number | null;
  /** How many inputs there are; always known. */
  readonly items: number;
}

/** An input whose bytes are there; `isText` when they are meant to be read. */
export interface MeasuredInput {
  readonly bytes: Uint8Array;
  readonly isText: boolean;
}

/** The size of one input; `null` where its bytes are not at hand. */
type InputSize = Omit<JobSize, 'items'>;

const UNKNOWN: InputSize = { characters: null, words: null, bytes: null, seconds: null };

/**
 * The size that a request itself tells: of texts everything, of what lies behind URLs, events and other jobs only how
 * many there are. `measured` holds, by their place, inputs that were fetched since.
 */
export function sizeOfRequest(
  request: JobRequest,
  measured: ReadonlyMap<number, MeasuredInput> = new Map(),
): JobSize {
  const inputs = inputsOf(request);
  return sumOf(
    inputs.map((input, place) => {
      const fetched = measured.get(place);
      if (fetched !== undefined) return sizeOfBytes(fetched);
      return isSaid(input) ? sizeOfBytes({ bytes: utf8ToBytes(input.data), isText: true }) : UNKNOWN;
    }),
  );
}

/** The size of inputs that were all fetched. */
export function sizeOfInputs(
  inputs: readonly { readonly bytes: Uint8Array; readonly mediaType: string | null }[],
): JobSize {
  return sumOf(inputs.map(({ bytes, mediaType }) => sizeOfBytes({ bytes, isText: isTextType(mediaType) })));
}

/** What a job works on: its inputs, or the content of a request without any. */
export function inputsOf(request: JobRequest): readonly Pick<JobInput, 'data' | 'type'>[] {
  return request.inputs.length > 0 ? request.inputs : [{ data: request.content, type: 'text' }];
}

/** Whether any of its inputs lies behind a URL. */
export function hasUrls(request: JobRequest): boolean {
  return request.inputs.some(({ type }) => type === 'url');
}

/** Whether these bytes are meant to be read, by their MIME type; what nobody typed is taken for text. */
export function isTextType(mediaType: string | null): boolean {
  return mediaType === null || /^text\/|[/+](json|xml)\b/i.test(mediaType);
}

/** Whether the input stands in the request itself. */
function isSaid({ type }: Pick<JobInput, 'type'>): boolean {
  return !['url', 'event', 'job'].includes(type);
}

function sizeOfBytes({ bytes, isText }: MeasuredInput): InputSize {
  const text = isText ? new TextDecoder().decode(bytes) : null;
  return {
    bytes: bytes.length,
    characters: text === null ? null : countCharacters(text),
    words: text === null ? null : countWords(text),
    seconds: wavSeconds(bytes),
  };
}

/** The sum of what is known of every part; a part of which it is not known leaves the whole unknown. */
function sumOf(parts: readonly InputSize[]): JobSize {
  const sum = (of: keyof InputSize) =>
    parts.reduce<number | null>((total, part) => {
      const value = part[of];
      return total === null || value === null ? null : total + value;
    }, 0);
  return {
    characters: sum('characters'),
    words: sum('words'),
    bytes: sum('bytes'),
    seconds: sum('seconds'),
    items: parts.length,
  };
}

function countCharacters(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

function countWords(text: string): number {
  return text.match(/\S+/gu)?.length ?? 0;
}

/** How long the sound in a RIFF WAVE file lasts: its data over its byte rate; `null` for anything else. */
function wavSeconds(bytes: Uint8Array): number | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || word(bytes, 0) !== 'RIFF' || word(bytes, 8) !== 'WAVE') return null;
  let bytesPerSecond = 0;
  for (let at = 12; at + 8 <= bytes.length;) {
    const [name, length] = [word(bytes, at), view.getUint32(at + 4, true)];
    if (name === 'fmt ' && at + 20 <= bytes.length) bytesPerSecond = view.getUint32(at + 16, true);
    // A header may lie about its length: only bytes that are there are sound.
    if (name === 'data' && bytesPerSecond > 0)
      return Math.min(length, bytes.length - at - 8) / bytesPerSecond;
    at += 8 + length + (length % 2);
  }
  return null;
}

function word(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}
