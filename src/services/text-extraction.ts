import type { AnnouncedParam } from '../protocol/index.ts';
import {
  JobFailure,
  service,
  type JobContext,
  type JobProgress,
  type ResolvedInput,
  type Service,
} from '../provider/index.ts';
import { documentKind, unsupportedFile } from './document-kind.ts';
import { readDocument } from './document-reader.ts';
import { jobParams } from './job-params.ts';
import { bareType } from './media/formats.ts';
import type { PictureReader } from './ocr/tesseract.ts';
import { pageRange, secondsRange } from './range-param.ts';
import { transcribeRecording } from './speech-to-text/recording.ts';
import type { Transcriber } from './speech-to-text/transcriber.ts';
import { writeTranscript, type Alignment, type TranscriptFormat } from './speech-to-text/transcript-text.ts';

const KIND = 5000;
const FORMATS: ReadonlyMap<string, TranscriptFormat> = new Map([
  ['text/plain', 'text'],
  ['text/markdown', 'markdown'],
  ['text/vtt', 'vtt'],
]);
const MAX_FILE_BYTES = 32 * 2 ** 20;
const MAX_CHARACTERS = 2_000_000;
const USUAL_MAX_SOUND_SECONDS = 900;

/** What text is extracted from besides documents. */
export interface TextExtractionOptions {
  readonly priceSats?: number;
  /** Listens to recordings, and to the sound of films. */
  readonly transcriber?: Transcriber;
  /** Longer recordings are refused; 900 unless told. */
  readonly maxSoundSeconds?: number;
  readonly pictures?: PictureReader;
}

/**
 * Sells text extraction (kind 5000), choosing by what the input is: PDF, DOCX, HTML, Markdown and plain text in any
 * charset; recordings and pictures where the options say so. `range` selects pages of a PDF or seconds of a
 * recording; a transcript may also be `text/vtt`. Fails with `unsupported-file`, `file-too-large`, `file-unreadable`,
 * `no-text`, `unsupported-output`, `unsupported-range`, `invalid-range`, and those of transcripts and pictures.
 */
export function textExtractionService(options: TextExtractionOptions = {}): Service {
  const { priceSats = 10, transcriber, maxSoundSeconds = USUAL_MAX_SOUND_SECONDS } = options;
  return service({
    priceSats,
    id: 'text-extraction',
    kind: KIND,
    name: 'Text extraction',
    about: aboutExtraction(options),
    usualSeconds: transcriber ? 20 : 2,
    // What is transcribed may take as long as it plays; without recordings a plain customer's payment can be held.
    worstSeconds: transcriber ? maxSoundSeconds + 180 : 50,
    // Each job may hold a process and its memory.
    concurrency: 2,
    params: extractionParams(options),
    handler: (job) => extractText(job, options),
  });
}

function aboutExtraction({ transcriber, pictures }: TextExtractionOptions): string {
  const of = [
    'PDF, DOCX, HTML and Markdown documents',
    ...(transcriber
      ? [`speech in recordings and films (${languages(transcriber.languages)}, by ${transcriber.name})`]
      : []),
    ...(pictures ? [`pictures (${languages(pictures.languages)})`] : []),
  ];
  return `Pulls the text out of ${of.join(', ')}: as plain text or Markdown${transcriber ? ', transcripts also as WebVTT' : ''}.`;
}

function languages(codes: readonly string[] | null): string {
  return codes?.join(', ') ?? 'any language';
}

/** Of the kind's parameters those that are understood; and here a range may also be of pages. */
function extractionParams({
  transcriber,
  pictures,
}: TextExtractionOptions): ReadonlyMap<string, AnnouncedParam> {
  const range = transcriber
    ? 'First and last second of a recording, or first and last page of a PDF counted from 1.'
    : 'First and last page of a PDF, counted from 1.';
  const known = [...(transcriber?.languages ?? []), ...(pictures?.languages ?? [])];
  return new Map([
    ['range', { required: false, values: [], description: range }],
    ...(transcriber
      ? [['alignment', { required: false, values: ['raw', 'segment', 'word'], description: 'What gets a time of its own in a transcript.' }] as const]
      : []),
    ...(transcriber || pictures
      ? [['language', { required: false, values: [...new Set(known)], description: 'Language that is spoken or written.' }] as const]
      : []),
  ]); // prettier-ignore
}

async function* extractText(
  job: JobContext,
  options: TextExtractionOptions,
): AsyncGenerator<JobProgress, string> {
  const texts: string[] = [];
  let left = MAX_CHARACTERS;
  for (const input of job.inputs) {
    const text = yield* readInput(input, job, { ...options, maxCharacters: left });
    left -= text.length;
    if (left < 0)
      throw new JobFailure('file-too-large', `At most ${MAX_CHARACTERS} characters are extracted.`);
    texts.push(text);
  }
  return texts.join('\n\n');
}

async function* readInput(
  input: ResolvedInput,
  job: JobContext,
  options: TextExtractionOptions & { readonly maxCharacters: number },
): AsyncGenerator<JobProgress, string> {
  if (input.bytes.length > MAX_FILE_BYTES)
    throw new JobFailure('file-too-large', `A file may have at most ${MAX_FILE_BYTES} bytes.`);
  const kind = documentKind(input.bytes, declaredType(input), input.source);
  if (!kind.ok) throw new JobFailure(kind.failure.code, kind.failure.message);
  const params = jobParams(job);
  const range = params.get('range');
  const language = params.get('language')?.[0] ?? null;

  if (kind.value === 'recording') {
    if (!options.transcriber) throw unreadable('audio or video');
    yield { type: 'progress', note: `Listening with ${options.transcriber.name}.` };
    return listen(input, job, { ...options, transcriber: options.transcriber, language });
  }
  const format = wantedFormat(job.outputs, ['text', 'markdown']);
  if (kind.value !== 'picture')
    return readDocument(
      input,
      kind.value,
      {
        format: format === 'markdown' ? 'markdown' : 'text',
        pages: pageRange(range),
        maxCharacters: options.maxCharacters,
      },
      job.signal,
    );
  if (!options.pictures) throw unreadable('an image');
  if (range !== undefined)
    throw new JobFailure('unsupported-range', 'Pictures have neither pages nor seconds.');
  return someText(await options.pictures.read(input.bytes, { language, signal: job.signal }));
}

async function listen(
  { bytes }: ResolvedInput,
  job: JobContext,
  wish: {
    readonly transcriber: Transcriber;
    readonly maxSoundSeconds?: number;
    readonly language: string | null;
  },
): Promise<string> {
  const { outputs, inputs, signal } = job;
  const params = jobParams(job);
  // Several files of subtitles do not make one.
  const format = wantedFormat(
    outputs,
    inputs.length > 1 ? ['text', 'markdown'] : ['text', 'markdown', 'vtt'],
  );
  const alignment = wantedAlignment(params.get('alignment')?.[0]);
  const transcript = await transcribeRecording(wish.transcriber, bytes, {
    language: wish.language,
    range: secondsRange(params.get('range')),
    wantsWords: alignment === 'word',
    maxSeconds: wish.maxSoundSeconds ?? USUAL_MAX_SOUND_SECONDS,
    signal,
  });
  someText(transcript.segments.map(({ text }) => text).join(''));
  return writeTranscript(transcript, { format, alignment });
}

/** The kind's markers carry the MIME type of the document; otherwise its source said one. */
function declaredType({ marker, mediaType }: ResolvedInput): string | null {
  return marker !== null && /^\w+\/[\w.+-]+/.test(marker) ? marker : mediaType;
}

/** The first of the wanted outputs that can be made; plain text when none is wanted. */
function wantedFormat(outputs: readonly string[], possible: readonly TranscriptFormat[]): TranscriptFormat {
  const wanted = outputs.flatMap((mime) => FORMATS.get(bareType(mime)) ?? []);
  const format = outputs.length === 0 ? 'text' : wanted.find((one) => possible.includes(one));
  if (format) return format;
  const known = [...FORMATS].filter(([, one]) => possible.includes(one)).map(([mime]) => mime);
  throw new JobFailure('unsupported-output', `The output can be ${known.join(' or ')}.`);
}

function wantedAlignment(value: string | undefined): Alignment {
  return value === 'segment' || value === 'word' ? value : 'raw';
}

function someText(text: string): string {
  if (text.trim() === '') throw new JobFailure('no-text', 'There is no text in this file.');
  return text.trim();
}

function unreadable(what: string): JobFailure {
  const { code, message } = unsupportedFile(what).failure;
  return new JobFailure(code, message);
}
