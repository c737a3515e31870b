import { failure, success, type Outcome } from '../protocol/index.ts';
import { decodeText } from './charset.ts';
import { unsupportedFile, type DocumentKind } from './document-kind.ts';
import type { TextFormat } from './dom-text.ts';
import type { PageRange } from './pdf-text.ts';

/** One document to read, as sent to the process that reads it. */
export interface DocumentTask {
  readonly bytes: Uint8Array;
  readonly kind: DocumentKind;
  /** As declared, for its charset. */
  readonly mediaType: string | null;
  readonly format: TextFormat;
  readonly pages: PageRange | null;
  readonly maxPages: number;
  readonly maxCharacters: number;
}

/**
 * Why no text came out of a document. `unsupported-file`: not a kind that is read. `file-too-large`: over
 * the limit of bytes, pages, characters, unpacked size or memory. `file-unreadable`: damaged, protected by
 * a password, or not read in time. `no-text`: there is none in it.
 */
export type DocumentFailureCode = 'unsupported-file' | 'file-too-large' | 'file-unreadable' | 'no-text';

/** Reads the text of one document. May throw or never end on hostile input: run it contained. */
export async function documentToText(task: DocumentTask): Promise<Outcome<string, DocumentFailureCode>> {
  const read = await readAs(task);
  if (!read.ok) return read;
  const text = tidy(read.value);
  if (text === '') return failure('no-text', 'There is no text in this document.');
  if (text.length > task.maxCharacters)
    return failure('file-too-large', `The document has more than ${task.maxCharacters} characters.`, {
      maxCharacters: task.maxCharacters,
    });
  return success(text);
}

/** The parsers are loaded when they are needed: each takes longer to load than a usual document to read. */
async function readAs(task: DocumentTask): Promise<Outcome<string, DocumentFailureCode>> {
  const { bytes, kind, format } = task;
  if (kind === 'pdf') return (await import('./pdf-text.ts')).pdfToText(bytes, format, task);
  if (kind === 'docx') return (await import('./docx-text.ts')).docxToText(bytes, format);

  const text = decodeText(bytes, task.mediaType);
  if (text === null) return unsupportedFile('binary data of an unknown kind');
  if (kind === 'html') return success((await import('./html-text.ts')).htmlToText(text, format));
  return success(kind === 'markdown' && format === 'text' ? await markdownToText(text) : text);
}

/** Markdown without its marks. Markdown nested too deeply for the parser is left as it is: it is text already. */
async function markdownToText(markdown: string): Promise<string> {
  const [{ marked }, { markupToText }] = await Promise.all([import('marked'), import('./html-text.ts')]);
  try {
    return markupToText(marked.parse(markdown, { async: false }), 'text');
  } catch {
    return markdown;
  }
}

/** Unix line ends, no control characters, no spaces at line ends, at most one empty line in a row. */
function tidy(text: string): string {
  return (
    text
      .replace(/\r\n?/g, '\n')
      // eslint-disable-next-line no-control-regex -- control characters are what is removed
      .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufeff]/g, '')
      .replace(/[ \t]+$/gm, '')
      .replace(/\n{3,}/g, '\n\n')
      .trim()
  );
}
