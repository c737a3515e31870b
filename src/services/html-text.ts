import { Readability } from '@mozilla/readability';
import { DOMParser } from 'linkedom';
import { renderDom, type DomNode, type TextFormat } from './dom-text.ts';

/** Pages with more elements or deeper nesting are read whole: finding the article would take too long. */
const MAX_ARTICLE_ELEMENTS = 30_000;
const MAX_ARTICLE_DEPTH = 200;
/** What is called the article must have this many characters, or the whole page is taken. */
const MIN_ARTICLE_CHARACTERS = 200;

/** Reads a web page: its article with its title where there is one, else everything in its body. */
export function htmlToText(html: string, format: TextFormat): string {
  const page = parsePage(html);
  if (!isSimple(page)) return renderDom(page, format);
  const article = new Readability<DomNode>(page, { serializer: (node: DomNode) => node }).parse();
  // Looking for the article has taken the page apart: without one it is parsed again.
  if (!article?.content || (article.length ?? 0) < MIN_ARTICLE_CHARACTERS) return markupToText(html, format);
  const text = renderDom(article.content, format);
  const title = article.title?.replace(/\s+/g, ' ').trim() ?? '';
  const heading = format === 'markdown' ? `# ${title}` : title;
  return title === '' || text.startsWith(heading) ? text : `${heading}\n\n${text}`;
}

/** Writes out all of an HTML page or fragment. */
export function markupToText(html: string, format: TextFormat): string {
  return renderDom(parsePage(html), format);
}

function parsePage(html: string) {
  // Without a root element linkedom would drop everything but the first element.
  const page = /<(html|body)\b/i.test(html) ? html : `<!doctype html><html><body>${html}</body></html>`;
  return new DOMParser().parseFromString(page, 'text/html');
}

function isSimple(page: DomNode): boolean {
  let elements = 0;
  const stack: { readonly node: DomNode; readonly depth: number }[] = [{ node: page, depth: 0 }];
  for (let step = stack.pop(); step; step = stack.pop()) {
    elements += 1;
    if (elements > MAX_ARTICLE_ELEMENTS || step.depth > MAX_ARTICLE_DEPTH) return false;
    for (const child of step.node.childNodes) stack.push({ node: child, depth: step.depth + 1 });
  }
  return true;
}
