import type { Account } from '../account/index.ts';
import type { Purchase } from '../ledger/index.ts';
import { success, type Outcome } from '../protocol/index.ts';
import { formatAge } from './age.ts';
import { nextSteps } from './next-steps.ts';
import type { Output } from './output.ts';
import { latestPurchases } from './own-jobs.ts';

const COLUMNS = ['job', 'kind', 'state', 'provider', 'sats', 'age', 'next'];

/** `coinop jobs`: purchases of this account, one line each. */
export async function listBought(
  account: Account,
  flags: { readonly open: boolean; readonly limit: number },
  output: Output,
): Promise<Outcome<void>> {
  const { ledger, signer, now } = account;
  const purchases = flags.open
    ? (await ledger.purchases.listOpen(signer.pubkey)).toReversed().slice(0, flags.limit)
    : await latestPurchases(account, flags.limit);
  if (purchases.length === 0) output.note(flags.open ? 'Nothing is open.' : 'Nothing was bought yet.');
  else
    output.rows(
      COLUMNS,
      purchases.map((purchase) => (output.json ? factsOf(purchase) : rowOf(purchase, now()))),
    );
  return success(undefined);
}

/** Everything that the books say of a purchase, without what was bought: for programs. */
function factsOf(purchase: Purchase): Readonly<Record<string, unknown>> {
  const { offer, failure, request, result } = purchase;
  return {
    requestId: purchase.requestId,
    orderId: purchase.orderId,
    kind: request.kind,
    state: purchase.state,
    provider: offer?.providerPubkey ?? null,
    exchange: offer?.exchange ?? null,
    amountMsat: offer?.amountMsat ?? null,
    feePaidMsat: purchase.feePaidMsat,
    maxAmountMsat: purchase.maxAmountMsat,
    openedAt: purchase.openedAt,
    updatedAt: purchase.updatedAt,
    deadlineAt: purchase.deadlineAt,
    result: result?.id ?? null,
    failure: failure?.code ?? null,
    next: nextSteps(purchase),
  };
}

function rowOf(purchase: Purchase, now: number): Readonly<Record<string, unknown>> {
  const { requestId, request, state, offer, openedAt } = purchase;
  return {
    job: requestId.slice(0, 12),
    kind: request.kind,
    state,
    provider: offer?.providerPubkey.slice(0, 12) ?? '',
    sats: offer === null ? '' : Number(offer.amountMsat) / 1000,
    age: formatAge(now - openedAt),
    next: nextSteps(purchase)[0] ?? '',
  };
}
