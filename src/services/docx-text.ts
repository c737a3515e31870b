import mammoth from 'mammoth';
import { failure, success, type Outcome } from '../protocol/index.ts';
import { unsupportedFile } from './document-kind.ts';
import type { TextFormat } from './dom-text.ts';
import { markupToText } from './html-text.ts';
import { checkZip } from './zip-directory.ts';

const ZIP_LIMITS = { maxEntries: 2000, maxUnpackedBytes: 64 * 2 ** 20 };

/** Reads a Word document (OOXML). Fails with `unsupported-file` (another zip), `file-unreadable` or `file-too-large`. */
export async function docxToText(
  bytes: Uint8Array,
  format: TextFormat,
): Promise<Outcome<string, 'unsupported-file' | 'file-unreadable' | 'file-too-large'>> {
  const names = checkZip(bytes, ZIP_LIMITS);
  if (!names.ok) return names;
  if (
    !names.value.includes('[Content_Types].xml') ||
    !names.value.some((name) => /^word\/.+\.xml$/.test(name))
  )
    return unsupportedFile('a zip archive that holds no Word document');
  try {
    const { value } = await mammoth.convertToHtml(
      { buffer: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length) },
      { convertImage: mammoth.images.imgElement(() => Promise.resolve({ src: '' })) },
    );
    return success(markupToText(value, format));
  } catch {
    return failure('file-unreadable', 'The DOCX file is damaged and cannot be read.');
  }
}
