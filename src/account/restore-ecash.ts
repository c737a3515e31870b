import { z } from 'zod';
import type { EcashStore, EcashWallet } from '../ecash/index.ts';
import { parseJson } from '../protocol/index.ts';

const Mints = z.array(z.string());

/**
 * Finds again, once at each trusted mint, what was made with the seed after the copy that these books were restored
 * from, moves the counters on, and writes off what was spent since. A mint that does not answer is asked at the next
 * start; until then the wallet notices used counters by itself. `restoredAt` is unix seconds.
 */
export async function restoreEcash(
  restoredAt: number,
  { wallet, store }: { readonly wallet: EcashWallet; readonly store: EcashStore },
  signal: AbortSignal,
): Promise<void> {
  const note = `restored ${restoredAt}`;
  const done = new Set(Mints.parse(parseJson((await store.note(note)) ?? '[]')));
  for (const mintUrl of wallet.mintUrls) {
    if (done.has(mintUrl)) continue;
    const found = await wallet.restore({ mintUrl }, { signal });
    const dropped = found.ok ? await wallet.dropSpent({ mintUrl }, { signal }) : found;
    if (dropped.ok) await store.saveNote(note, JSON.stringify([...done.add(mintUrl)]));
  }
}
