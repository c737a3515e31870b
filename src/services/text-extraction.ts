import type { Outcome } from '../protocol/index.ts';
import { JobFailure, service, type JobContext, type ResolvedInput, type Service } from '../provider/index.ts';
import { runContained } from './contained-task.ts';
import { documentKind } from './document-kind.ts';
import type { DocumentFailureCode, DocumentTask } from './document-text.ts';
import type { TextFormat } from './dom-text.ts';
import type { PageRange } from './pdf-text.ts';

const KIND = 5000;
const FORMATS: ReadonlyMap<string, TextFormat> = new Map([
  ['text/plain', 'text'],
  ['text/markdown', 'markdown'],
]);

/** What one document may cost. Node and the parsers need about 100 MB of the memory. */
const MAX_FILE_BYTES = 32 * 2 ** 20;
const MAX_PAGES = 1000;
const MAX_CHARACTERS = 2_000_000;
const MAX_MEMORY_BYTES = 400 * 2 ** 20;
const TIMEOUT_MS = 20_000;

/**
 * Sells text extraction (kind 5000) from PDF, DOCX, HTML, Markdown and plain text in any charset, to
 * `text/plain` or `text/markdown`; `range` selects pages of a PDF. Each document is read in a process of
 * its own under limits. Fails with `unsupported-file`, `file-too-large`, `file-unreadable`, `no-text`,
 * `unsupported-output`, `unsupported-range` or `invalid-range`.
 */
export function textExtractionService(terms: { readonly priceSats?: number } = {}): Service {
  return service({
    priceSats: 10,
    ...terms,
    id: 'text-extraction',
    kind: KIND,
    name: 'Text extraction',
    about: 'Pulls the text out of PDF, DOCX, HTML and Markdown documents, as plain text or Markdown.',
    usualSeconds: 2,
    worstSeconds: 50,
    // Each job may hold a process and its memory.
    concurrency: 2,
    // Of the kind's parameters the others concern sound and pictures; and here a range is of pages.
    params: new Map([
      [
        'range',
        { required: false, values: [], description: 'First and last page of a PDF, counted from 1.' },
      ],
    ]),
    handler: extractText,
  });
}

async function extractText(job: JobContext): Promise<string> {
  const format = wantedFormat(job.outputs);
  const pages = wantedPages(job.params.get('range'));
  const texts: string[] = [];
  let left = MAX_CHARACTERS;
  for (const input of job.inputs) {
    const text = await readDocument(input, { format, pages, maxCharacters: left }, job.signal);
    left -= text.length;
    texts.push(text);
  }
  return texts.join('\n\n');
}

/** The first of the wanted outputs that can be made; plain text when none is wanted. */
function wantedFormat(outputs: readonly string[]): TextFormat {
  const [format] = outputs.flatMap(
    (mime) => FORMATS.get(mime.split(';', 1)[0]?.trim().toLowerCase() ?? '') ?? [],
  );
  if (format) return format;
  if (outputs.length === 0) return 'text';
  throw new JobFailure('unsupported-output', `The output can be ${[...FORMATS.keys()].join(' or ')}.`);
}

/** The kind's `range` means seconds of audio or video; of a document it can only mean pages. */
function wantedPages(range: readonly string[] | undefined): PageRange | null {
  if (range === undefined) return null;
  const [first = 0, last = 0] = range.map(Number);
  if (
    range.length !== 2 ||
    !Number.isSafeInteger(first) ||
    !Number.isSafeInteger(last) ||
    first < 1 ||
    last < first
  )
    throw new JobFailure('invalid-range', 'The range must be the first and the last page, counted from 1.');
  return { first, last };
}

/** The kind's markers carry the MIME type of the document; otherwise its source said one. */
function declaredType({ marker, mediaType }: ResolvedInput): string | null {
  return marker !== null && /^\w+\/[\w.+-]+/.test(marker) ? marker : mediaType;
}

async function readDocument(
  input: ResolvedInput,
  wish: Pick<DocumentTask, 'format' | 'pages' | 'maxCharacters'>,
  signal: AbortSignal,
): Promise<string> {
  if (input.bytes.length > MAX_FILE_BYTES)
    throw new JobFailure('file-too-large', `A file may have at most ${MAX_FILE_BYTES} bytes.`);
  const kind = documentKind(input.bytes, declaredType(input), input.source);
  if (!kind.ok) throw new JobFailure(kind.failure.code, kind.failure.message);
  if (wish.pages && kind.value !== 'pdf')
    throw new JobFailure('unsupported-range', 'Only PDF documents have pages to choose a range of.');

  const task: DocumentTask = {
    ...wish,
    bytes: input.bytes,
    kind: kind.value,
    mediaType: input.mediaType,
    maxPages: MAX_PAGES,
  };
  const run = await runContained<Outcome<string, DocumentFailureCode>>('document-task', task, {
    signal,
    timeoutMs: TIMEOUT_MS,
    maxMemoryBytes: MAX_MEMORY_BYTES,
  });
  if (!run.ok) {
    const code = run.failure.code === 'task-out-of-memory' ? 'file-too-large' : 'file-unreadable';
    throw new JobFailure(code, `The document could not be read. ${run.failure.message}`);
  }
  if (!run.value.ok) throw new JobFailure(run.value.failure.code, run.value.failure.message);
  return run.value.value;
}
