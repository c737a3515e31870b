import type { Page } from '@playwright/test';
import { markedText } from './scripted/marked.ts';

/** What has that name in English, in the pseudo-language (whose thousands are parted by points) and of marked data. */
export function inPseudo(name: string | RegExp): RegExp {
  const [begins, plain] =
    typeof name === 'string' ? [false, name] : [name.source.startsWith('^'), name.source.replace(/^\^/, '')];
  const letters = Array.from(plain, (letter) => {
    const wide = markedText(letter);
    const escaped = letter.replace(/[\\^$.*+?()[\]{}|/]/g, typeof name === 'string' ? '\\$&' : '$&');
    if (letter === ',' && typeof name === 'string') return '[,.]';
    return wide === letter ? escaped : `[${letter}${wide}]`;
  });
  return new RegExp(`${begins ? '^[⟦⟧]*' : ''}${letters.join('[⟦⟧]*')}`);
}

/** Something that a page says, and where. */
interface Said {
  readonly words: string;
  readonly where: string;
}

/** What a page says that neither stands in brackets nor is data. */
export async function unbracketed(page: Page): Promise<string[]> {
  const said = await page.evaluate(allThatIsSaid);
  return said.flatMap(({ words, where }) => {
    const rest = TECHNICAL.reduce((left, pattern) => left.replace(pattern, ''), outsideBrackets(words));
    return /\p{L}|\d[.,:]\d|\d{4}/u.test(rest.replace(/[\uFF21-\uFF5A]/g, '')) ? [`${where}: ${words}`] : [];
  });
}

function outsideBrackets(words: string): string {
  let before = '';
  let after = words;
  while (after !== before) {
    before = after;
    after = before.replace(/⟦[^⟦⟧]*⟧/g, '');
  }
  return after;
}

/** What is the same in every language: the app's name, addresses, media types, keys, numbers of kinds, ratios. */
const TECHNICAL: readonly RegExp[] = [
  /\bcoinop\b/g,
  /\b[a-z]+:\/\/\S*/g,
  /\b(?:[\w-]+\.)+example\b\S*/g,
  /\b(?:text|image|audio|video|application)\/[\w.*+;=-]+/g,
  /\b(?:npub|nsec|ncryptsec|nprofile)1[\w…]*/g,
  /\b(?:lnbc|cashuB)\w*…?/g,
  /\bservice-\d+\b|\.\/[\w.-]+/g,
  /\b[0-9a-f]{8,}…?/g,
  /\b5\d{3}\b/g,
  /^\d{1,2}:\d{1,2}$/g,
];

/** Runs in the page: all that eyes or ears meet there, save what says which language it is in, and code. */
function allThatIsSaid(): Said[] {
  const ATTRIBUTES = ['aria-label', 'aria-description', 'aria-valuetext', 'aria-roledescription'];
  ATTRIBUTES.push('placeholder', 'title', 'alt', 'label');
  const isForeign = (element: Element | null) =>
    element === null || element.closest('body [lang], code, pre, script, style, noscript') !== null;
  const nameOf = (element: Element) => `<${element.localName}>`;
  const said: Said[] = [{ words: document.title, where: 'document title' }];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    if (node instanceof Text && !isForeign(node.parentElement) && node.parentElement !== null)
      said.push({ words: node.data, where: nameOf(node.parentElement) });
    if (!(node instanceof Element) || isForeign(node)) continue;
    for (const name of ATTRIBUTES)
      if (node.hasAttribute(name))
        said.push({ words: node.getAttribute(name) ?? '', where: `${nameOf(node)} ${name}` });
    if (node instanceof HTMLTextAreaElement || (node instanceof HTMLInputElement && node.type === 'text'))
      said.push({ words: node.value, where: `${nameOf(node)} value` });
  }
  return said;
}
