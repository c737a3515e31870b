import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { pause } from '../clock/index.ts';

/** A folder that programs write to, and how much may be in it. */
export interface BoundedFolder {
  readonly path: string;
  /** On disk, of all files below it. */
  readonly maxBytes: number;
}

const LOOK_MS = 250;
const BLOCK_BYTES = 512;
/** An empty file or folder takes room as well, and time to look at. */
const LEAST_BYTES = 4096;

/** Resolves when there is more in the folder than may be (`true`), or on abort (`false`). */
export async function outgrows({ path, maxBytes }: BoundedFolder, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    if ((await sizeOf(path, maxBytes, signal)) > maxBytes) return true;
    await pause(LOOK_MS, signal);
  }
  return false;
}

/** Looks no further once it is too much. Links are not followed; what vanishes or is closed to us meanwhile counts nothing. */
async function sizeOf(path: string, maxBytes: number, signal: AbortSignal): Promise<number> {
  let total = 0;
  const folders = [path];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const entries = await opendir(folder).catch(() => null);
    if (entries === null) continue;
    for await (const entry of entries) {
      const inside = join(folder, entry.name);
      if (entry.isDirectory()) folders.push(inside);
      const blocks = (await lstat(inside).catch(() => null))?.blocks ?? 0;
      total += Math.max(blocks * BLOCK_BYTES, LEAST_BYTES);
      if (total > maxBytes || signal.aborted) return total;
    }
  }
  return total;
}
