import { constants, type FileHandle } from 'node:fs/promises';
import { open, realpath } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { JobFailure } from '../../provider/index.ts';

/**
 * Reads a file that a program left in the folder of its job. What the program was led to name may be anything: only a
 * regular file that really lies in the folder is read. Throws `JobFailure` with `handler-output-invalid` or
 * `handler-output-too-large`.
 */
export async function readResultFile(directory: string, path: string, maxBytes: number): Promise<Uint8Array> {
  const [home, file] = await Promise.all([
    realpath(directory),
    realpath(resolve(directory, path)).catch(() => null),
  ]);
  if (file === null || !file.startsWith(home + sep)) throw noSuchFile();
  // The program has ended, so nobody swaps the file for a link in between.
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    () => null,
  );
  if (handle === null) throw noSuchFile();
  try {
    return await readWithin(handle, maxBytes);
  } finally {
    await handle.close();
  }
}

async function readWithin(handle: FileHandle, maxBytes: number): Promise<Uint8Array> {
  const stats = await handle.stat();
  if (!stats.isFile()) throw noSuchFile();
  if (stats.size > maxBytes)
    throw new JobFailure('handler-output-too-large', `The file exceeds ${maxBytes} bytes.`);
  const bytes = new Uint8Array(stats.size);
  const { bytesRead } = await handle.read(bytes, 0, stats.size, 0);
  return bytes.subarray(0, bytesRead);
}

function noSuchFile(): JobFailure {
  return new JobFailure('handler-output-invalid', 'The file of the result is not in the folder of the job.');
}
