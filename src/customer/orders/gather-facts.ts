import type { Purchase } from '../../ledger/index.ts';
import { orThrow, type NostrEvent } from '../../protocol/index.ts';
import { openBought } from '../bought-content.ts';
import { deliveredContent } from '../result-file.ts';
import { hasEverybodyAnswered, longestWaitMs } from '../compare.ts';
import type { Run } from '../run.ts';
import { surveyOffers } from '../survey.ts';
import { largestAgreement, type IsSame, type OrderedResult } from './agreement.ts';
import type { OrderFacts, PurchaseFacts } from './decide.ts';
import type { OrderContext, OrderRun } from './order-run.ts';

/** Everything that is known of an order now, for the decision of what comes next. */
export async function gatherFacts(
  context: OrderContext,
  run: OrderRun,
  purchases: readonly Purchase[],
  isSame: IsSame,
): Promise<OrderFacts> {
  const { runs } = context.following;
  const spent = await context.ledger.orders.spent(run.orderId);
  const facts = purchases.map((purchase) => factsOf(context, purchase, runs.get(purchase.requestId)));
  const waiting = purchases.flatMap(({ requestId, state }) =>
    state === 'requested' ? (runs.get(requestId) ?? []) : [],
  );
  return {
    plan: run.plan,
    purchases: facts,
    agreement: largestAgreement(await resultsOf(context, run, purchases), isSame).map(
      ({ requestId }) => requestId,
    ),
    roomMsat: [...spent.values()].reduce<bigint>((left, cost) => left - cost, run.order.maxTotalMsat),
    compareForMs: compareForMs(context, run, waiting, facts),
    choose: run.policy.choose,
    deadlineAt: run.order.deadlineAt,
    now: context.now(),
  };
}

/** What was delivered, opened once. */
export async function resultsOf(
  context: OrderContext,
  { contents }: OrderRun,
  purchases: readonly Purchase[],
): Promise<OrderedResult[]> {
  const results: OrderedResult[] = [];
  for (const purchase of purchases) {
    const { requestId, result, state } = purchase;
    if (result === null || (state !== 'received' && state !== 'reviewed')) continue;
    const reader = context.following.reader(purchase);
    const content = contents.get(requestId) ?? (await contentOf(context, reader, result));
    contents.set(requestId, content);
    results.push({ requestId, content });
  }
  return results;
}

/** Compared by the text of a file where that can be had. */
async function contentOf(context: OrderContext, reader: Run, result: NostrEvent): Promise<string> {
  const content = orThrow(await openBought(context, reader, result));
  const delivered = await deliveredContent(context, reader.purchase.requestId, result, content);
  return delivered.ok ? delivered.value.content : content;
}

function factsOf(context: OrderContext, purchase: Purchase, run: Run | undefined): PurchaseFacts {
  const { requestId, state, offer, approved, openedAt, deadlineAt } = purchase;
  const isUnreserved = state === 'offered' || state === 'approved';
  const told = offer === null ? null : (run?.book.offerOf(offer.providerPubkey) ?? null);
  return {
    requestId,
    state,
    targets: context.following.reader(purchase).request.targets,
    providerPubkey: offer?.providerPubkey ?? null,
    approvedAt: approved?.approvedAt ?? null,
    usualSeconds: told?.usualSeconds ?? null,
    worstSeconds: told?.worstSeconds ?? null,
    pledgedMsat: isUnreserved && offer !== null ? offer.amountMsat + offer.feeLimitMsat : 0n,
    failureCode: purchase.failure?.code ?? null,
    offers: run === undefined ? [] : surveyOffers(context, run).untried,
    openedAt,
    deadlineAt,
  };
}

/** Offers of all requests are compared together, from the first on; nobody waits once all have answered. */
function compareForMs(
  context: OrderContext,
  { policy }: OrderRun,
  waiting: readonly Run[],
  facts: readonly PurchaseFacts[],
): number {
  const offers = facts.flatMap((purchase) => (purchase.state === 'requested' ? purchase.offers : []));
  if (waiting.every((run) => hasEverybodyAnswered(context, run))) return 0;
  const firstAtMs = Math.min(...waiting.map(({ firstOfferAtMs }) => firstOfferAtMs ?? Infinity));
  const cheapestFirst = offers.toSorted((one, other) => (one.totalMsat < other.totalMsat ? -1 : 1));
  const waitedMs = firstAtMs === Infinity ? 0 : performance.now() - firstAtMs;
  return Math.max(0, longestWaitMs(policy, cheapestFirst) - waitedMs);
}
