import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { parseJson } from '../protocol/index.ts';

/** Stays in the directory of an account that was restored from a backup. */
const FILE = 'ecash-due.json';
const Due = z.object({ restoredAt: z.number().int() });

/** Marks an account's directory: its ecash books may be older than the last use of their seed. */
export async function markEcashDue(dir: string, restoredAt: number): Promise<void> {
  await writeFile(join(dir, FILE), JSON.stringify({ restoredAt }), { mode: 0o600 });
}

/** When the directory was restored, unix seconds; `null` when it never was. */
export async function readEcashDue(dir: string): Promise<number | null> {
  const text = await readFile(join(dir, FILE), 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  });
  return text === null ? null : Due.parse(parseJson(text)).restoredAt;
}
