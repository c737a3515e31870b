import { describe, expect, it } from 'vitest';
import { failureCode, jobContext, resolvedInput, runJob } from '../../../test/fixtures/job-context.ts';
import { lacks } from '../../../test/fixtures/local-tools.ts';
import { pngOf } from '../../../test/fixtures/png.ts';
import { pngOfWords } from '../../../test/fixtures/written-picture.ts';
import { textExtractionService } from '../text-extraction.ts';
import { openPictureReader } from './tesseract.ts';

describe.skipIf(lacks('tesseract'))('text in pictures', () => {
  const signal = new AbortController().signal;
  const job = (bytes: Uint8Array, params: Record<string, string[]> = {}) =>
    jobContext({ kind: 5000, inputs: [resolvedInput(bytes)], params });

  it('is read in the languages that are installed, and never by command', async () => {
    const pictures = await openPictureReader(signal);
    expect(pictures.languages).toContain('en');
    const { handler, about, params } = textExtractionService({ pictures });
    expect(about).toContain('pictures (');
    expect(params?.get('language')?.values).toEqual(pictures.languages);
    const { content } = await runJob(handler, job(pngOfWords(['HELLO', 'DATA OUT'])));
    expect(content).toBe('HELLO\nDATA OUT');
    expect((await runJob(handler, job(pngOfWords(['HELLO']), { language: ['eng'] }))).content).toBe('HELLO');
    expect(await failureCode(handler, job(pngOfWords(['HELLO']), { language: ['tlh'] }))).toBe('unsupported-language');
    expect(await failureCode(handler, job(pngOf(40, 40)))).toBe('no-text');
    expect(await failureCode(handler, job(Buffer.from('89504e470d0a1a0a00', 'hex')))).toBe('file-unreadable');
    // Tesseract would take a text file for a list of pictures to read.
    expect(await failureCode(handler, jobContext({ kind: 5000, inputs: [resolvedInput('/etc/hostname\n', { mediaType: 'image/png' })] }))).toBe('unsupported-file');
  }, 60_000); // prettier-ignore
});
