import type { Account } from '../account/index.ts';
import { openDirectory, type Directory, type ProviderLists } from '../directory/index.ts';
import type { Outcome } from '../protocol/index.ts';
import { ownPurchaseOf, type OwnPurchase } from '../reputation/index.ts';
import { latestPurchases } from './own-jobs.ts';
import { readLists } from './own-lists.ts';

/** Purchases that are remembered of providers; what is older says little about them. */
const MAX_HISTORY = 500;

/** Who sells what as this account sees it: with its own experience, and without whom it blocks. */
export async function useDirectory(
  account: Account,
  use: (directory: Directory, lists: ProviderLists) => Promise<Outcome<void>>,
): Promise<Outcome<void>> {
  const lists = await readLists(account);
  if (!lists.ok) return lists;
  const directory = openDirectory({
    ...account,
    ownHistory: () => ownHistory(account),
    lists: () => lists.value,
  });
  try {
    return await use(directory, lists.value);
  } finally {
    await directory.close();
  }
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
