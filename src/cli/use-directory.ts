import type { Account } from '../account/index.ts';
import { openDirectory, type Directory, type ProviderLists } from '../directory/index.ts';
import { isHex32, tagValues, type Outcome } from '../protocol/index.ts';
import { ownPurchaseOf, type OwnPurchase } from '../reputation/index.ts';
import { latestPurchases } from './own-jobs.ts';
import { readLists } from './own-lists.ts';

/** Purchases that are remembered of providers; what is older says little about them. */
const MAX_HISTORY = 500;

/** The list of whom a key follows (NIP-02). */
const FOLLOWS_KIND = 3;

/** Of these the first are known; whoever follows more knows few of them. */
const MAX_FOLLOWED = 2000;

/** A search waits no longer for the list; without it nobody is known. */
const FOLLOWS_TIMEOUT_MS = 2000;

/** Who sells what as this account sees it: with its own experience, and without whom it blocks. */
export async function useDirectory(
  account: Account,
  use: (directory: Directory, lists: ProviderLists) => Promise<Outcome<void>>,
): Promise<Outcome<void>> {
  const lists = await readLists(account);
  if (!lists.ok) return lists;
  const directory = openDirectory({
    ...account,
    known: await followed(account),
    ownHistory: () => ownHistory(account),
    lists: () => lists.value,
  });
  try {
    return await use(directory, lists.value);
  } finally {
    await directory.close();
  }
}

/** Whom this key follows: what they paid for and how they liked it counts by name. */
async function followed({ relays, relayUrls, signer }: Account): Promise<ReadonlySet<string>> {
  const filters = [{ kinds: [FOLLOWS_KIND], authors: [signer.pubkey] }];
  const [newest] = await relays.query(relayUrls, filters, { timeoutMs: FOLLOWS_TIMEOUT_MS });
  const keys = newest === undefined ? [] : tagValues(newest, 'p').filter(isHex32);
  return new Set(keys.slice(0, MAX_FOLLOWED));
}

/** What this key's own purchases say about their providers. */
async function ownHistory({ ledger, signer }: Account): Promise<readonly OwnPurchase[]> {
  const purchases = await latestPurchases({ ledger, signer }, MAX_HISTORY);
  const told = await Promise.all(
    purchases.map(async (purchase) =>
      ownPurchaseOf(purchase, await ledger.purchases.payments(purchase.requestId)),
    ),
  );
  return told.filter((purchase) => purchase !== null);
}
