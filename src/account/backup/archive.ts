import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { failure, parseJson, success, type Outcome } from '../../protocol/index.ts';
import type { ByteSource } from './byte-source.ts';

/** A file that goes into a backup: where it is now and how it is called there. */
export interface ArchivedFile {
  /** Such as `provider/ledger.sqlite`. */
  readonly name: string;
  readonly path: string;
  /** It is left out where it is gone by the time that it is read. */
  readonly mayVanish?: true;
}

/** Names that a backup may hold: nothing that leads out of its directory. */
const NAME = /^(?:[a-z]+\/(?:(?:keys|files)\/)?)?[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/;
const EntryHeader = z.strictObject({ name: z.string().regex(NAME), size: z.number().int().min(0) });
const MAX_HEADER_BYTES = 512;
const PIECE_BYTES = 1_048_576;

/** Files one after the other: a line of JSON with name and size, then the bytes. */
export async function* packFiles(files: readonly ArchivedFile[]): AsyncGenerator<Uint8Array> {
  for (const { name, path, mayVanish } of files) {
    const file = await open(path).catch((error: unknown) => {
      if (mayVanish && isNotThere(error)) return null;
      throw error;
    });
    if (file === null) continue;
    try {
      const { size } = await file.stat();
      yield new TextEncoder().encode(`${JSON.stringify({ name, size })}\n`);
      let left = size;
      for await (const piece of file.createReadStream({ highWaterMark: PIECE_BYTES, autoClose: false })) {
        const bytes: Uint8Array = piece;
        left -= bytes.length;
        yield bytes;
      }
      if (left !== 0) throw new Error(`${path} changed while it was read.`);
    } finally {
      await file.close();
    }
  }
}

/** Whether something failed because there is no such file. */
export function isNotThere(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** Whether a backup can hold a file by that name. */
export function isArchivable(name: string): boolean {
  return NAME.test(name);
}

/** Writes the files of an archive below a directory, readable by their owner alone; returns their names. */
export async function unpackFiles(
  archive: ByteSource,
  dir: string,
): Promise<Outcome<string[], 'not-a-backup'>> {
  const names: string[] = [];
  while (!(await archive.isAtEnd())) {
    const line = await archive.line(MAX_HEADER_BYTES);
    const header = EntryHeader.safeParse(line === null ? null : parseJson(line));
    if (!header.success) return failure('not-a-backup', 'The backup holds something unknown.');
    const { name, size } = header.data;
    if (!(await writeEntry(archive, join(dir, name), size)))
      return failure('not-a-backup', 'The backup ends within a file.');
    names.push(name);
  }
  return success(names);
}

async function writeEntry(archive: ByteSource, path: string, size: number): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(path, 'wx', 0o600);
  try {
    for (let left = size; left > 0;) {
      const piece = await archive.upTo(Math.min(left, PIECE_BYTES));
      if (piece.length === 0) return false;
      await file.writeFile(piece);
      left -= piece.length;
    }
    await file.sync();
    return true;
  } finally {
    await file.close();
  }
}
