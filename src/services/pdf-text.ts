import { getDocumentProxy } from 'unpdf';
import { failure, success, type Outcome } from '../protocol/index.ts';
import { escapeMarkdown, type TextFormat } from './dom-text.ts';

/** First and last page, counted from 1, both included. */
export interface PageRange {
  readonly first: number;
  readonly last: number;
}

interface Line {
  text: string;
  /** Height of the letters, in points. */
  readonly size: number;
  /** Of the base line, in points from the bottom of the page. */
  readonly y: number;
}

/** Lines further apart than this many times the usual distance belong to different paragraphs. */
const PARAGRAPH_GAP = 1.35;
/** Lines whose letters are larger than the body's by this factor are headings. */
const HEADING_RATIO = 1.2;
const TITLE_RATIO = 1.6;
const MAX_HEADING_CHARACTERS = 200;

/**
 * Reads the text layer of a PDF: lines are joined to paragraphs, larger print becomes headings in Markdown.
 * Fails with `file-unreadable` (damaged, a password), `file-too-large` (pages) or `no-text` (scans; there is no OCR).
 */
export async function pdfToText(
  bytes: Uint8Array,
  format: TextFormat,
  limits: { readonly pages: PageRange | null; readonly maxPages: number; readonly maxCharacters: number },
): Promise<Outcome<string, 'file-unreadable' | 'file-too-large' | 'no-text'>> {
  let pdf;
  try {
    // A copy, for pdf.js takes the memory over, and it refuses Buffers.
    pdf = await getDocumentProxy(new Uint8Array(bytes), { stopAtErrors: false, verbosity: 0 });
  } catch (error) {
    return error instanceof Error && error.name === 'PasswordException'
      ? failure('file-unreadable', 'The PDF needs a password; send it without.')
      : failure('file-unreadable', 'The PDF is damaged and cannot be opened.');
  }
  const { first, last } = limits.pages ?? { first: 1, last: pdf.numPages };
  const end = Math.min(last, pdf.numPages);
  if (first > end)
    return failure('no-text', `The PDF has only ${pdf.numPages} pages.`, { pages: pdf.numPages });
  if (end - first + 1 > limits.maxPages)
    return failure(
      'file-too-large',
      `The PDF has more than ${limits.maxPages} pages; ask for a range of pages.`,
      {
        maxPages: limits.maxPages,
      },
    );

  const pages: Line[][] = [];
  let characters = 0;
  for (let number = first; number <= end; number++) {
    const lines = await pageLines(pdf, number);
    if (lines === null)
      return failure('file-unreadable', `Page ${number} of the PDF is damaged.`, { page: number });
    characters += lines.reduce((sum, line) => sum + line.text.length, 0);
    if (characters > limits.maxCharacters)
      return failure('file-too-large', `The PDF has more than ${limits.maxCharacters} characters.`);
    pages.push(lines);
  }
  if (characters === 0)
    return failure('no-text', 'The PDF has no text layer; it may be a scan, and scans are not read.');
  const bodySize = commonSize(pages.flat());
  return success(pages.map((lines) => writeParagraphs(lines, bodySize, format)).join('\n\n'));
}

async function pageLines(
  pdf: Awaited<ReturnType<typeof getDocumentProxy>>,
  number: number,
): Promise<Line[] | null> {
  let items;
  try {
    const page = await pdf.getPage(number);
    items = (await page.getTextContent()).items;
    page.cleanup();
  } catch {
    return null;
  }
  const lines: Line[] = [];
  let line: Line | null = null;
  for (const item of items) {
    if (!('str' in item)) continue;
    const y = Number(item.transform[5]);
    if (line && Math.abs(line.y - y) > line.size * 0.5 && item.str !== '') line = null;
    if (item.str.trim() !== '' && !line) lines.push((line = { text: '', size: item.height, y }));
    if (line) line.text += item.str;
    if (item.hasEOL) line = null;
  }
  return lines
    .map((each) => ({ ...each, text: each.text.replace(/\s+/g, ' ').trim() }))
    .filter((each) => each.text !== '');
}

/** The size most characters are printed in. */
function commonSize(lines: readonly Line[]): number {
  const weights = new Map<number, number>();
  for (const { size, text } of lines) {
    const rounded = Math.round(size * 2) / 2;
    weights.set(rounded, (weights.get(rounded) ?? 0) + text.length);
  }
  return [...weights].reduce((best, each) => (each[1] > best[1] ? each : best), [0, 0] as [
    number,
    number,
  ])[0];
}

function writeParagraphs(lines: readonly Line[], bodySize: number, format: TextFormat): string {
  const pitch = usualPitch(lines);
  const paragraphs: Line[] = [];
  let above: Line | null = null;
  for (const line of lines) {
    const paragraph = paragraphs.at(-1);
    if (paragraph && above && continues(above, line, pitch))
      paragraph.text = joinLines(paragraph.text, line.text);
    else paragraphs.push({ ...line });
    above = line;
  }
  return paragraphs
    .map(({ text, size }) =>
      format === 'markdown' ? headingMark(size, bodySize, text) + escapeMarkdown(text) : text,
    )
    .join('\n\n');
}

/** The usual distance between lines in a paragraph: the median of those that are plausible. */
function usualPitch(lines: readonly Line[]): number {
  const distances = lines
    .flatMap((line, index) => {
      const above = lines[index - 1];
      const distance = above ? above.y - line.y : 0;
      return distance > 0 && distance < line.size * 3 ? [distance] : [];
    })
    .toSorted((a, b) => a - b);
  return distances[Math.floor(distances.length / 2)] ?? 0;
}

function continues(above: Line, line: Line, pitch: number): boolean {
  const distance = above.y - line.y;
  const sameSize = Math.abs(above.size - line.size) <= Math.max(above.size, line.size) * 0.1;
  // A line that is not below the other starts a column; a bullet starts an item.
  return sameSize && distance > 0 && distance <= pitch * PARAGRAPH_GAP && !/^[•◦▪–*-]\s/.test(line.text);
}

function joinLines(above: string, below: string): string {
  return /\p{L}-$/u.test(above) && /^\p{Ll}/u.test(below) ? above.slice(0, -1) + below : `${above} ${below}`;
}

function headingMark(size: number, bodySize: number, text: string): string {
  if (size < bodySize * HEADING_RATIO || text.length > MAX_HEADING_CHARACTERS) return '';
  return size >= bodySize * TITLE_RATIO ? '# ' : '## ';
}
