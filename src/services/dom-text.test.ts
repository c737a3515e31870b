import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { htmlToText, markupToText } from './html-text.ts';

describe('markup as text', () => {
  it.each([
    ['headings', '<h1>A <em>b</em></h1><p>c</p>', 'A b\n\nc', '# A _b_\n\nc'],
    ['spaces', '<p> a\n  b <b> c </b>d</p>', 'a b c d', 'a b **c** d'],
    ['line breaks', '<p>a<br>b</p>', 'a\nb', 'a\nb'],
    ['nested lists', '<ul><li>a<ol><li>b</li><li>c</li></ol></li><li>d</li></ul>', '- a\n  1. b\n  2. c\n- d', '- a\n  1. b\n  2. c\n- d'],
    ['quotations', '<p>a</p><blockquote><p>b</p><p>c</p></blockquote><p>d</p>', 'a\n\nb\n\nc\n\nd', 'a\n>\n> b\n>\n> c\n\nd'],
    ['code', '<pre><code>a_b\n  c</code></pre><p><code>d_e</code></p>', 'a_b\n  c\n\nd_e', '```\na_b\n  c\n```\n\n`d_e`'],
    ['tables', '<table><tr><th>a</th><th>b</th></tr><tr><td><p>c</p></td><td>d</td></tr></table>', 'a\tb\nc\td', '| a | b |\n| --- | --- |\n| c | d |'],
    ['links', '<a href="https://a.example/">b</a> <a href="javascript:alert(1)">c</a> <a href="https://a.example/"><img></a>', 'b c', '[b](https://a.example/) c'],
    ['what is not for readers', '<script>a</script><style>b</style><nav>c</nav>d<!-- e -->', 'd', 'd'],
    ['entities', '<p>&lt;b&gt; &amp; &eacute;</p>', '<b> & é', '\\<b> & é'],
    ['Markdown in text', '<p>*a* _b_ [c] `d` \\</p>', '*a* _b_ [c] `d` \\', '\\*a\\* \\_b\\_ \\[c\\] \\`d\\` \\\\'],
  ])('writes %s', (_name, html, text, markdown) => {
    expect(markupToText(html, 'text')).toBe(text);
    expect(markupToText(html, 'markdown')).toBe(markdown);
  }); // prettier-ignore

  it('keeps every word of any tree, in order', () => {
    const { node } = fc.letrec<{ node: string }>((tie) => ({
      node: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.stringMatching(/^[a-z]{1,5}$/),
        fc
          .tuple(
            fc.constantFrom('div', 'p', 'ul', 'li', 'blockquote', 'b', 'h2', 'section', 'span', 'ol'),
            fc.array(tie('node'), { maxLength: 4 }),
          )
          .map(([tag, children]) => `<${tag}>${children.join(' ')}</${tag}>`),
      ),
    }));
    fc.assert(
      fc.property(node, (html) => {
        const words = letters(html.replace(/<[^>]*>/g, ''));
        for (const format of ['text', 'markdown'] as const)
          expect(letters(markupToText(html, format))).toBe(words);
      }),
    );
  });

  it('takes the article of a page and leaves out what surrounds it', () => {
    const paragraph = `<p>${'The machine weighed the coin, and it asked nothing else of anybody who came. '.repeat(6)}</p>`;
    const page = `<html><head><title>Coins</title></head><body><div class="sidebar"><a href="/">Subscribe now</a></div>
      <article><h1>Coins</h1>${paragraph.repeat(4)}</article><footer>All rights reserved</footer></body></html>`;
    const text = htmlToText(page, 'markdown');
    expect(text).toMatch(/^# Coins\n\nThe machine weighed/);
    expect(text).not.toContain('Subscribe');
    expect(text).not.toContain('rights reserved');
  });

  it('takes the whole page where there is no article', () => {
    expect(htmlToText('<html><body><p>Short.</p><p>Page.</p></body></html>', 'text')).toBe('Short.\n\nPage.');
  });
});

function letters(text: string): string {
  return text.replace(/[^a-z]/g, '');
}
