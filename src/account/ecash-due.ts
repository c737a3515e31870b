import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { EcashStore, EcashWallet } from '../ecash/index.ts';
import { parseJson } from '../protocol/index.ts';

/** Stays in the directory of an account that was restored from a backup. */
const FILE = 'ecash-due.json';
const Due = z.object({ restoredAt: z.number().int() });
const Mints = z.array(z.string());

/** Marks an account's directory: its ecash books may be older than the last use of their seed. */
export async function markEcashDue(dir: string, restoredAt: number): Promise<void> {
  await writeFile(join(dir, FILE), JSON.stringify({ restoredAt }), { mode: 0o600 });
}

/**
 * Finds again, once at each trusted mint, what was made with the seed after the backup that the account was restored
 * from, moves the counters on, and writes off what was spent since. A mint that does not answer is asked at the next
 * start; until then the wallet notices used counters by itself.
 */
export async function restoreDueEcash(
  dir: string,
  { wallet, store }: { readonly wallet: EcashWallet; readonly store: EcashStore },
  signal: AbortSignal,
): Promise<void> {
  const text = await readFile(join(dir, FILE), 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return;
  const note = `restored ${Due.parse(parseJson(text)).restoredAt}`;
  const done = new Set(Mints.parse(parseJson((await store.note(note)) ?? '[]')));
  for (const mintUrl of wallet.mintUrls) {
    if (done.has(mintUrl)) continue;
    const found = await wallet.restore({ mintUrl }, { signal });
    const dropped = found.ok ? await wallet.dropSpent({ mintUrl }, { signal }) : found;
    if (dropped.ok) await store.saveNote(note, JSON.stringify([...done.add(mintUrl)]));
  }
}
