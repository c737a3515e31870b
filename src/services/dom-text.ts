/** The part of the DOM that is read; linkedom's nodes are such. */
export interface DomNode {
  readonly nodeType: number;
  readonly nodeName: string;
  readonly nodeValue: string | null;
  readonly childNodes: Iterable<DomNode>;
  getAttribute?(name: string): string | null;
}

/** What documents are written out as. */
export type TextFormat = 'text' | 'markdown';

const ELEMENT = 1;
const TEXT = 3;

/** Never text for readers. */
const SKIPPED = new Set(
  'TITLE SCRIPT STYLE NOSCRIPT TEMPLATE HEAD IFRAME OBJECT EMBED SVG MATH CANVAS NAV BUTTON SELECT TEXTAREA'.split(
    ' ',
  ),
);
/** Elements that begin and end a line; those in `PARAGRAPHS` are set off by an empty line. */
const LINES = new Set('DIV LI TR DT DD CAPTION OPTION ADDRESS FIGCAPTION SUMMARY LEGEND'.split(' '));
const PARAGRAPHS = new Set(
  'P H1 H2 H3 H4 H5 H6 BLOCKQUOTE PRE UL OL DL TABLE HR SECTION ARTICLE MAIN HEADER FOOTER ASIDE FIGURE FORM FIELDSET DETAILS'.split(
    ' ',
  ),
);
/** Deeper lists and quotations are not indented further: the indentation would outgrow the text. */
const MAX_INDENTS = 8;

/**
 * Writes a DOM tree as plain text or Markdown: headings, paragraphs, lists, quotations, code, links and
 * tables. Walks with a stack of its own, so that a page nested a million deep is only long.
 */
export function renderDom(root: DomNode, format: TextFormat): string {
  const writer = new TextWriter(format);
  const stack: { readonly node: DomNode; readonly leaving: boolean }[] = [{ node: root, leaving: false }];
  for (let step = stack.pop(); step; step = stack.pop()) {
    const { node, leaving } = step;
    if (node.nodeType === TEXT) writer.text(node.nodeValue ?? '');
    else if (leaving) writer.leave(node);
    else if (!SKIPPED.has(node.nodeName.toUpperCase())) {
      if (node.nodeType === ELEMENT) {
        writer.enter(node);
        stack.push({ node, leaving: true });
      }
      const children = [...node.childNodes];
      for (let index = children.length - 1; index >= 0; index--) {
        const child = children[index];
        if (child) stack.push({ node: child, leaving: false });
      }
    }
  }
  return writer.finish();
}

/** Puts text, line breaks and marks together; knows what the next text has to be preceded by. */
class TextWriter {
  readonly #markdown: boolean;
  readonly #pieces: string[] = [];
  /** Open lists: the number of the last item, `null` where items are not numbered. */
  readonly #lists: (number | null)[] = [];
  #quotes = 0;
  #preformatted = 0;
  #cells = 0;
  /** Line breaks owed before the next text. */
  #breaks = 0;
  /** A space is owed unless a line begins. */
  #space = false;
  #lineIsEmpty = true;
  /** A mark was just opened, which the text has to touch. */
  #opened = false;
  #code = 0;
  #headerRowOf: number | null = null;

  constructor(format: TextFormat) {
    this.#markdown = format === 'markdown';
  }

  enter(element: DomNode): void {
    const name = element.nodeName.toUpperCase();
    if (PARAGRAPHS.has(name)) this.#break(this.#lists.length > 0 ? 1 : 2);
    else if (LINES.has(name)) this.#break(1);
    if (name === 'BR') this.#break(1);
    else if (name === 'UL') this.#lists.push(null);
    else if (name === 'OL') this.#lists.push(0);
    else if (name === 'LI') this.#open(this.#bullet());
    else if (name === 'BLOCKQUOTE') this.#quotes += 1;
    else if (name === 'PRE') {
      if (this.#markdown) this.#open('```\n');
      this.#preformatted += 1;
    } else if (name === 'TABLE') this.#headerRowOf = 0;
    else if (name === 'TD' || name === 'TH') this.#enterCell();
    else if (this.#markdown && this.#preformatted === 0) this.#enterInline(name, element);
  }

  leave(element: DomNode): void {
    const name = element.nodeName.toUpperCase();
    if (name === 'UL' || name === 'OL') this.#lists.pop();
    else if (name === 'BLOCKQUOTE') this.#quotes -= 1;
    else if (name === 'PRE') {
      this.#preformatted -= 1;
      if (this.#markdown) this.#raw('\n```');
    } else if (name === 'TD' || name === 'TH') this.#leaveCell();
    else if (name === 'TR') this.#leaveRow();
    else if (this.#markdown && this.#preformatted === 0) this.#leaveInline(name, element);
    if (PARAGRAPHS.has(name)) this.#break(this.#lists.length > 0 ? 1 : 2);
    else if (LINES.has(name)) this.#break(1);
  }

  text(value: string): void {
    if (this.#preformatted > 0) {
      this.#mark(value);
      return;
    }
    const words = value.split(/[ \t\r\n\f]+/);
    const written = words.filter((word) => word !== '').join(' ');
    if (written === '') {
      this.#space ||= value !== '';
      return;
    }
    this.#space ||= words[0] === '';
    this.#mark(this.#markdown && this.#code === 0 ? escapeMarkdown(written) : written);
    this.#space = words.at(-1) === '';
  }

  finish(): string {
    return this.#pieces.join('').trim();
  }

  #break(lines: number): void {
    // Inside a table cell everything stays on one line.
    if (this.#cells > 0) this.#space = true;
    else this.#breaks = Math.max(this.#breaks, lines);
  }

  /** Writes what begins or continues a line, after the breaks and the space that are owed. */
  #mark(text: string): void {
    if (text === '') return;
    if (this.#breaks > 0 && this.#pieces.length > 0) {
      // The empty line inside a quotation belongs to it.
      for (let line = 1; line < this.#breaks; line++) this.#raw(`\n${this.#indent().trimEnd()}`);
      this.#raw(`\n${this.#indent()}`);
      this.#lineIsEmpty = true;
    }
    if (this.#space && !this.#lineIsEmpty && !this.#opened) this.#raw(' ');
    this.#raw(text);
    this.#opened = false;
    this.#breaks = 0;
    this.#space = false;
    this.#lineIsEmpty = false;
  }

  /** Writes a mark that the following text has to touch. */
  #open(mark: string): void {
    if (mark === '') return;
    // The space that was owed stands before the mark; cells bring their own.
    if (/^\s/.test(mark)) this.#space = false;
    this.#mark(mark);
    this.#opened = true;
  }

  #raw(text: string): void {
    if (text !== '') this.#pieces.push(text);
  }

  #indent(): string {
    const quotes = this.#markdown ? '> '.repeat(Math.min(this.#quotes, MAX_INDENTS)) : '';
    return quotes + '  '.repeat(Math.min(Math.max(this.#lists.length - 1, 0), MAX_INDENTS));
  }

  #bullet(): string {
    const last = this.#lists.at(-1) ?? null;
    if (last === null) return '- ';
    this.#lists[this.#lists.length - 1] = last + 1;
    return `${last + 1}. `;
  }

  #enterInline(name: string, element: DomNode): void {
    if (name === 'CODE') this.#code += 1;
    this.#open(openingMark(name, element));
  }

  #leaveInline(name: string, element: DomNode): void {
    if (name === 'CODE') this.#code -= 1;
    if (name === 'A' && this.#pieces.at(-1) === '[') {
      // A link around a picture has no words.
      this.#pieces.pop();
      this.#opened = false;
    } else this.#raw(closingMark(name, element));
  }

  #enterCell(): void {
    this.#space = false;
    if (this.#markdown) this.#open(this.#lineIsEmpty || this.#breaks > 0 ? '| ' : ' | ');
    else if (!this.#lineIsEmpty && this.#breaks === 0) this.#open('\t');
    this.#cells += 1;
    if (this.#headerRowOf !== null) this.#headerRowOf += 1;
  }

  #leaveCell(): void {
    this.#cells -= 1;
    this.#space = false;
  }

  /** Markdown tables need a rule under their first row. */
  #leaveRow(): void {
    const columns = this.#headerRowOf;
    if (!this.#markdown || this.#cells > 0) return;
    if (!this.#lineIsEmpty) this.#raw(' |');
    if (columns !== null && columns > 0) {
      this.#raw(`\n${this.#indent()}|${' --- |'.repeat(columns)}`);
      this.#headerRowOf = null;
    }
  }
}

function openingMark(name: string, element: DomNode): string {
  const heading = /^H([1-6])$/.exec(name)?.[1];
  if (heading) return `${'#'.repeat(Number(heading))} `;
  if (name === 'A') return linkTarget(element) === null ? '' : '[';
  return { STRONG: '**', B: '**', EM: '_', I: '_', CODE: '`', HR: '---' }[name] ?? '';
}

function closingMark(name: string, element: DomNode): string {
  if (name === 'A') {
    const target = linkTarget(element);
    return target === null ? '' : `](${target})`;
  }
  return { STRONG: '**', B: '**', EM: '_', I: '_', CODE: '`' }[name] ?? '';
}

/** `null` for other schemes, which could run script where the Markdown is shown. */
function linkTarget(element: DomNode): string | null {
  const href = element.getAttribute?.('href') ?? '';
  return /^(https?:|mailto:)[^\s()<>]+$/i.test(href) ? href : null;
}

/** Keeps text from being read as Markdown or HTML. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_[\]<]/g, '\\$&');
}
