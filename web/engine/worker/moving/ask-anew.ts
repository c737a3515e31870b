import type { Ledger, Purchase, PurchaseChange } from '../../../../src/ledger/index.ts';

/**
 * Lets no earlier choice pay any more: since it was made, another wallet or another browser has come between, and may have
 * paid. What a person approved waits for another approval; what was to be taken by itself ends, to be asked for anew. No
 * provider is told, for it may be at work. What costs nothing goes on.
 */
export async function askAnew(
  { purchases }: Pick<Ledger, 'purchases'>,
  customerPubkey: string,
): Promise<void> {
  for (const purchase of await purchases.listOpen(customerPubkey)) {
    let seen = purchase;
    for (const change of changesOf(purchase)) {
      const changed = await purchases.change(seen, change);
      if (!changed.ok) break; // it has moved on
      seen = changed.value;
    }
  }
}

function changesOf({ state, offer, orderId, approval }: Purchase): readonly PurchaseChange[] {
  if (orderId !== null || offer?.exchange === 'free' || !NOT_BEGUN.has(state)) return [];
  if (approval === 'automatic') return [{ state: 'expired', failure: ASK_ANEW }];
  if (state === 'approved') return [{ state: 'offered' }, { state: 'requested' }];
  return state === 'offered' ? [{ state: 'requested' }] : [];
}

const NOT_BEGUN: ReadonlySet<Purchase['state']> = new Set(['requested', 'offered', 'approved']);

const ASK_ANEW = {
  code: 'ask-anew',
  message:
    'Nothing is taken by itself any more, as the wallet, its budget or the browser has changed. Nothing was paid here; if another browser had it meanwhile, look there before you ask anew.',
};
