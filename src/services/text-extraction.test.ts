import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { documentFile, makePdf, makePdfBomb, makeZip } from '../../test/fixtures/documents.ts';
import { failureCode, jobContext, resolvedInput, runJob } from '../../test/fixtures/job-context.ts';
import { textExtractionService } from './text-extraction.ts';

const { handler } = textExtractionService();

type Wish = Partial<Omit<Parameters<typeof jobContext>[0], 'kind' | 'inputs'>>;
type Declared = Parameters<typeof resolvedInput>[1];

const job = (content: string | Uint8Array, wish: Wish = {}, declared?: Declared) =>
  jobContext({ kind: 5000, inputs: [resolvedInput(content, declared)], ...wish });

async function textOf(content: string | Uint8Array, wish?: Wish, declared?: Declared): Promise<string> {
  return (await runJob(handler, job(content, wish, declared))).content;
}

const codeOf = (content: string | Uint8Array, wish?: Wish, declared?: Declared) =>
  failureCode(handler, job(content, wish, declared));

describe('documents', () => {
  it('reads a PDF, all of it or a range of its pages', async () => {
    const pdf = makePdf([['First page,', 'second line.'], ['Second page.'], ['Third page.']]);
    expect(await textOf(pdf)).toBe('First page, second line.\n\nSecond page.\n\nThird page.');
    expect(await textOf(pdf, { params: { range: ['2', '9'] } })).toBe('Second page.\n\nThird page.');
    expect(await codeOf(pdf, { params: { range: ['4', '5'] } })).toBe('no-text');
    for (const range of [['0', '1'], ['2', '1'], ['1'], ['a', 'b'], ['1.5', '2']])
      expect(await codeOf(pdf, { params: { range } })).toBe('invalid-range');
    expect(await codeOf('text', { params: { range: ['1', '2'] } })).toBe('unsupported-range');
  });

  it('reads the sample document with its headings', async () => {
    const pdf = readFileSync(new URL('../market/sample/vending-machines.pdf', import.meta.url));
    const markdown = await textOf(pdf, { outputs: ['text/markdown'] });
    expect(markdown).toMatch(
      /^# Money In, Goods Out\n\n## A short history of the vending machine\n\nA vending/,
    );
    // A sentence that runs over several lines of the page.
    expect(markdown).toContain(
      'it must survive customers who would rather shake it than pay.\n\n## Holy water',
    );
  });

  it('reads a Word document', async () => {
    const docx = documentFile('delivery-note.docx');
    expect(await textOf(docx)).toBe(
      'Delivery note\n\nTwelve crates of ginger beer were left at the café – naïve but friendly.\n\nContents\n\n- Nine full crates\n- Three empty crates\n\nItem\tSats\nCrate\t2100',
    );
    expect(await textOf(docx, { outputs: ['text/markdown'] })).toContain('**ginger beer** were left');
  });

  it('reads a web page, Markdown and text, by content first and declaration second', async () => {
    expect(await textOf('<!DOCTYPE html><title>t</title><p>Hello <b>you</b>.')).toBe('Hello you.');
    expect(await textOf('<p>Hello</p>', {}, { mediaType: 'text/html; charset=utf-8' })).toBe('Hello');
    expect(await textOf('<p>Hello</p>', {}, { marker: 'text/html' })).toBe('Hello');
    expect(await textOf('# Hello *you*', {}, { mediaType: 'text/markdown' })).toBe('Hello you');
    expect(await textOf('# Hello *you*', {}, { source: 'https://example.com/README.md?raw=1' })).toBe(
      'Hello you',
    );
    expect(
      await textOf('# Hello *you*', { outputs: ['text/markdown'] }, { mediaType: 'text/markdown' }),
    ).toBe('# Hello *you*');
    expect(await textOf('<p>not declared</p>')).toBe('<p>not declared</p>');
    expect(await textOf(makePdf([['A PDF.']]), {}, { mediaType: 'text/html' })).toBe('A PDF.');
    expect(await textOf(Buffer.from('caf\xe9\r\n', 'latin1'))).toBe('café');
  });

  it('puts several inputs together', async () => {
    const inputs = [resolvedInput('One.'), resolvedInput(makePdf([['Two.']]))];
    expect((await runJob(handler, jobContext({ kind: 5000, inputs }))).content).toBe('One.\n\nTwo.');
  });

  it('makes the first output that it can', async () => {
    const docx = documentFile('delivery-note.docx');
    expect(await textOf(docx, { outputs: ['text/vtt', 'text/markdown', 'text/plain'] })).toMatch(
      /^# Delivery/,
    );
    expect(await codeOf(docx, { outputs: ['text/vtt'] })).toBe('unsupported-output');
  });

  it('announces what it understands', () => {
    expect([...(textExtractionService({ priceSats: 3 }).params ?? [])].map(([name]) => name)).toEqual([
      'range',
    ]);
    expect(textExtractionService({ priceSats: 3 }).priceMsat).toBe(3000n);
  });
});

describe('hostile documents', () => {
  const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');

  it.each([
    ['an image', PNG],
    ['an MP3', Buffer.from('ID3\x04\x00', 'latin1')],
    ['an MP4', Buffer.from('\x00\x00\x00\x18ftypmp42', 'latin1')],
    ['an old Word file', Buffer.from('d0cf11e0a1b11ae1', 'hex')],
    ['a gzip file', gzipSync('text')],
    ['a zip without a document', makeZip([{ name: 'a.txt', content: Buffer.from('text') }])],
    ['binary garbage', Uint8Array.from({ length: 5000 }, (_, index) => (index * 7919 + (index >> 3)) % 256)],
  ])('refuses %s', async (_name, bytes) => expect(await codeOf(bytes)).toBe('unsupported-file'));

  it('refuses what is declared to be media', async () => {
    expect(await codeOf('text', {}, { mediaType: 'audio/mpeg' })).toBe('unsupported-file');
  });

  it.each([
    ['a PDF that breaks off', makePdf([['Text that was once here']]).subarray(0, 300)],
    ['a PDF with a password', documentFile('password.pdf')],
    ['a PDF that is only a header', Buffer.from('%PDF-1.7\n')],
    ['a DOCX that breaks off', documentFile('delivery-note.docx').subarray(0, 1500)],
    ['a DOCX that lies about its sizes', makeZip([
      { name: '[Content_Types].xml', content: Buffer.from('<Types/>') },
      { name: 'word/document.xml', content: Buffer.alloc(100_000_000, ' '), claimedBytes: 1000 },
    ])],
    ['a DOCX that is not XML', makeZip([
      { name: '[Content_Types].xml', content: Buffer.from('<<<') },
      { name: 'word/document.xml', content: Buffer.from('<<<') },
    ])],
  ])('does not read %s', async (_name, bytes) => expect(await codeOf(bytes)).toBe('file-unreadable')); // prettier-ignore

  it.each([
    ['nothing', ''],
    ['spaces', ' \n\t '],
    ['an empty page', '<!doctype html><html><body><script>x</script></body></html>'],
    ['a PDF without a text layer', makePdf([[], []])],
  ])('finds no text in %s', async (_name, content) => expect(await codeOf(content)).toBe('no-text'));

  it.each([
    ['an honest zip bomb', () => makeZip([
      { name: '[Content_Types].xml', content: Buffer.from('<Types/>') },
      { name: 'word/document.xml', content: Buffer.alloc(100_000_000) },
    ])],
    ['a PDF bomb', () => makePdfBomb(600_000_000)],
    ['20 MB of text', () => Buffer.alloc(20_000_000, 'All work and no play. ')],
    ['a file over the limit', () => Buffer.alloc(33 * 2 ** 20, 'a')],
  ])('refuses %s as too large', async (_name, make) => expect(await codeOf(make())).toBe('file-too-large')); // prettier-ignore

  it('reads HTML nested twenty thousand deep', async () => {
    const deep = 20_000;
    expect(await textOf(`<!doctype html>${'<div>'.repeat(deep)}deep down${'</div>'.repeat(deep)}`)).toBe(
      'deep down',
    );
  });

  it('reads Markdown nested deeper than its parser can', async () => {
    expect(await textOf(`${'>'.repeat(50_000)} deep`, {}, { mediaType: 'text/markdown' })).toContain('deep');
  });
});
