import { failure, success, type Outcome } from '../protocol/index.ts';

/** The document formats that can be read. */
export type DocumentKind = 'pdf' | 'docx' | 'html' | 'markdown' | 'text';

/** Files that have text in them only for those who see or listen. */
export type SensoryKind = 'picture' | 'recording';

/** Pictures and recordings by their first bytes (hexadecimal, `.` stands for any digit). */
const SENSORY_SIGNATURES: readonly (readonly [pattern: RegExp, kind: SensoryKind])[] = [
  [/^89504e47|^ffd8ff|^47494638|^52494646.{8}57454250|^49492a00|^4d4d002a|^.{8}66747970(6865|6176)/, 'picture'],
  [/^494433|^fff[1-9a-b]|^4f676753|^664c6143|^52494646.{8}(57415645|41564920)|^.{8}66747970|^1a45dfa3/, 'recording'],
]; // prettier-ignore

/** Recognised formats that cannot be read, by their first bytes (hexadecimal, `.` stands for any digit). */
const UNSUPPORTED_SIGNATURES: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/^d0cf11e0/, 'an old binary Office file; save it as DOCX'],
  [/^1f8b|^425a68|^fd377a58|^377abcaf|^28b52ffd|^52617221/, 'a compressed archive; send the document itself'],
  [/^7f454c46|^4d5a|^cafebabe|^cffaedfe/, 'a program'],
]; // prettier-ignore

/** How far into the file the PDF header may stand (ISO 32000-1, appendix H). */
const PDF_HEADER_WINDOW = 1024;

/**
 * Says what a file is: by its first bytes where they tell, else by the declared media type, else by the
 * name's ending. Fails with `unsupported-file` for everything that is known to have no text in it.
 */
export function documentKind(
  bytes: Uint8Array,
  mediaType: string | null,
  name: string,
): Outcome<DocumentKind | SensoryKind, 'unsupported-file'> {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, PDF_HEADER_WINDOW));
  if (start.includes('%PDF-')) return success('pdf');
  // Every zip is tried as DOCX; its reader refuses those that hold no Word document.
  if (start.subarray(0, 4).toString('latin1') === 'PK\x03\x04') return success('docx');
  const hex = start.subarray(0, 16).toString('hex');
  const sensory = SENSORY_SIGNATURES.find(([pattern]) => pattern.test(hex));
  if (sensory) return success(sensory[1]);
  const unsupported = UNSUPPORTED_SIGNATURES.find(([pattern]) => pattern.test(hex));
  if (unsupported) return unsupportedFile(unsupported[1]);
  if (
    /^\s*(<!--[^]*?-->\s*)*<(!doctype\s+html|html|head|body)\b/i.test(
      start.toString('latin1').replace(/^ï»¿/, ''),
    )
  )
    return success('html');

  const declared = (mediaType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (declared === 'text/html' || declared === 'application/xhtml+xml') return success('html');
  if (declared === 'text/markdown' || declared === 'text/x-markdown') return success('markdown');
  if (declared.startsWith('image/')) return success('picture');
  if (/^(audio|video)\//.test(declared)) return success('recording');
  if (/^(font|model)\//.test(declared)) return unsupportedFile(declared);
  if (/\.(md|markdown)([?#].*)?$/i.test(name)) return success('markdown');
  return success('text');
}

/** The failure for a file of a kind that cannot be read; `what` completes "This is …". */
export function unsupportedFile(what: string) {
  return failure(
    'unsupported-file',
    `This is ${what}. Text is extracted from PDF, DOCX, HTML, Markdown and plain text here.`,
  );
}
