import type { Ledger, OutgoingPayment, Purchase, Sale, SalesPage, TopUp } from '../ledger/index.ts';

const PAGE = 200;

/** Everything that a key sold, oldest first. */
export function allSales({ sales }: Ledger, providerPubkey: string): AsyncGenerator<Sale> {
  return inPages((page: SalesPage) => sales.list(page), { providerPubkey });
}

/** Sales in which something may still happen, oldest first. */
export function openSales({ sales }: Ledger, providerPubkey: string): AsyncGenerator<Sale> {
  return inPages((page: SalesPage) => sales.listOpen(page), { providerPubkey });
}

/** Sales with money of their customers, oldest first. */
export function owingSales({ sales }: Ledger, providerPubkey: string): AsyncGenerator<Sale> {
  return inPages((page: SalesPage) => sales.listOwing(page), { providerPubkey });
}

/** Everything that a key bought, oldest first. */
export function allPurchases({ purchases }: Ledger, customerPubkey: string): AsyncGenerator<Purchase> {
  return inPages((page: Parameters<typeof purchases.list>[0]) => purchases.list(page), { customerPubkey });
}

/** Every payment of a key, oldest first. */
export function allPayments({ spending }: Ledger, spenderPubkey: string): AsyncGenerator<OutgoingPayment> {
  return inPages((page: Parameters<typeof spending.list>[0]) => spending.list(page), { spenderPubkey });
}

/** Every top-up that customers of a provider paid, oldest first. */
export function creditedTopUps({ balances }: Ledger, providerPubkey: string): AsyncGenerator<TopUp> {
  return inPages((page: Parameters<typeof balances.listCredited>[0]) => balances.listCredited(page), {
    providerPubkey,
  });
}

async function* inPages<Item, Whose extends object>(
  list: (page: Whose & { readonly limit: number; readonly after?: Item }) => Promise<Item[]>,
  whose: Whose,
): AsyncGenerator<Item> {
  for (let after: Item | undefined; ;) {
    const page = await list({ ...whose, limit: PAGE, ...(after === undefined ? {} : { after }) });
    yield* page;
    after = page.at(-1);
    if (page.length < PAGE) return;
  }
}
