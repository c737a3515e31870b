import type { Purchase } from '../../../../src/ledger/index.ts';

/** Names this app in the books, beside what other programs of the same key have bought. */
export const MADE_BY = 'web';

const HEDGE = `${MADE_BY}-hedge/`;
/** So much of a public key tells it from all others, and fits into a name in the books. */
const KEY_CHARS = 32;

/** How the books name a purchase that is made because an offer of this provider was taken for the same, and may come to nothing. */
export function hedgeAgainst(providerPubkey: string): string {
  return `${HEDGE}${providerPubkey.slice(0, KEY_CHARS)}`;
}

/** How the key begins of whom a purchase is made against; `null` for one that may be from anybody. */
export function hedgedKeyOf({ madeBy }: Pick<Purchase, 'madeBy'>): string | null {
  return madeBy?.startsWith(HEDGE) === true ? madeBy.slice(HEDGE.length) : null;
}
