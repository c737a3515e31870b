import { writeFile } from 'node:fs/promises';
import { extensionOf } from '../../blobs/index.ts';
import type { Receipt } from '../../customer/index.ts';

/** A result that was written to disk. */
export interface SavedFile {
  readonly path: string;
  readonly mediaType: string | null;
  readonly bytes: number;
}

/**
 * Writes a result where the person asked for it, or, where it is a file that a terminal cannot show, into the working
 * directory under a name of our own: what its provider calls it is no path to trust. `null` when it is but text.
 */
export async function saveResult(
  { requestId, content, file }: Pick<Receipt, 'requestId' | 'content' | 'file'>,
  wanted: string | undefined,
): Promise<SavedFile | null> {
  const isText = file === null || (content !== '' && !content.includes(file.url));
  if (wanted === undefined && isText) return null;
  const bytes = file?.bytes ?? new TextEncoder().encode(content);
  const mediaType = file?.mediaType ?? null;
  const path = wanted ?? `coinop-${requestId.slice(0, 12)}.${extensionOf(mediaType ?? '')}`;
  await writeFile(path, bytes, { mode: 0o600 });
  return { path, mediaType, bytes: bytes.length };
}
