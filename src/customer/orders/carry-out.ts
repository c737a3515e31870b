import type { Purchase } from '../../ledger/index.ts';
import { failure, orThrow, success, ZERO_MSAT, addMsat, type Outcome } from '../../protocol/index.ts';
import { approveChosen } from '../approve.ts';
import { cancelPurchase } from '../cancel.ts';
import { prepareRequest } from '../request.ts';
import type { Next } from '../stepper.ts';
import { nextMove, type OrderMove } from './decide.ts';
import { gatherFacts, resultsOf } from './gather-facts.ts';
import type { OrderFailureCode } from './order-errors.ts';
import type { OrderContext, OrderRun } from './order-run.ts';
import type { OrderedPurchase, OrderReceipt } from './order.ts';
import { readVerdict, type OrderVerdict } from './verdict.ts';

/** How often an order that waits for the caller's own judgement is looked at. */
const UNJUDGED_CHECK_MS = 60_000;

/** One step of an order: what the state asks for that the ledger has. Each commits before it acts. */
export async function stepOrder(context: OrderContext, run: OrderRun): Promise<Next> {
  const order = await context.ledger.orders.get(run.orderId);
  if (order === null) throw new Error(`Order ${run.orderId} is gone from the ledger.`);
  run.order = order;
  switch (order.state) {
    case 'open':
      return goOn(context, run);
    case 'decided':
      return windUp(context, run);
    case 'closed':
      return 'done';
  }
}

/** State `open`: asks, approves, waits, or decides. */
async function goOn(context: OrderContext, run: OrderRun): Promise<Next> {
  if (run.withdrawn) return decide(context, run, WITHDRAWN);
  if (run.isSame === null) return { wakeInMs: UNJUDGED_CHECK_MS };
  const purchases = await followAll(context, run);
  const move = nextMove(await gatherFacts(context, run, purchases, run.isSame));
  switch (move.type) {
    case 'wait':
      return { wakeInMs: move.forMs };
    case 'decide':
      return decide(context, run, move.verdict);
    case 'ask':
      return ask(context, run, move.targets);
    case 'approve':
      return approve(context, run, move);
  }
}

const WITHDRAWN: OrderVerdict = {
  type: 'failed',
  code: 'cancelled',
  message: 'The order was withdrawn; what was paid already is followed to its end.',
  requestIds: [],
};

async function decide(context: OrderContext, run: OrderRun, verdict: OrderVerdict): Promise<Next> {
  context.checkpoint('order:before-decide');
  const decided = await context.ledger.orders.decide(run.order, JSON.stringify(verdict));
  if (decided.ok) context.checkpoint('order:after-decide');
  return 'again';
}

/** Opens one more purchase; two programs that follow the same order open one between them. */
async function ask(context: OrderContext, run: OrderRun, targets: readonly string[]): Promise<Next> {
  const { plan, order } = run;
  const secondsLeft = Math.max(1, order.deadlineAt - context.now());
  const deadlineSeconds = Math.min(plan.deadlineSeconds, secondsLeft);
  const wish = { ...plan.wish, targets, deadlineSeconds, approval: 'ask' } as const;
  const request = orThrow(await prepareRequest(context, wish));
  context.checkpoint('order:before-ask');
  const added = await context.ledger.orders.addPurchase(order, request);
  if (!added.ok) return 'again'; // somebody else moved the order
  context.checkpoint('order:after-ask');
  context.following.follow(added.value, run.policy);
  return 'again';
}

async function approve(
  context: OrderContext,
  run: OrderRun,
  { requestId, offer, why }: Extract<OrderMove, { type: 'approve' }>,
): Promise<Next> {
  const purchase = context.following.runs.get(requestId);
  if (purchase === undefined) return 'again'; // it has just ended
  const approval = { offerId: offer.id, maxAmountMsat: offer.amountMsat, order: run.order, why };
  const approved = await purchase.stepper.exclusive(() => approveChosen(context, purchase, approval));
  if (!approved.ok && approved.failure.code !== 'not-waiting') purchase.tried.add(offer.id);
  purchase.stepper.poke();
  return 'again';
}

/** State `decided`: withdraws what is left over. What was paid in advance is not: it may still bring its result. */
async function windUp(context: OrderContext, run: OrderRun): Promise<Next> {
  const verdict = readVerdict(run.order.verdict ?? '');
  const wonBy = verdict.type === 'fulfilled' ? verdict.requestId : null;
  for (const purchase of await followAll(context, run)) {
    const left = context.following.runs.get(purchase.requestId);
    if (left === undefined || purchase.requestId === wonBy || !LEFT_OVER.has(purchase.state)) continue;
    await left.stepper.exclusive(() => cancelPurchase(context, left, 'the order has what it needs'));
    left.stepper.poke();
  }
  context.checkpoint('order:before-close');
  await context.ledger.orders.close(run.order);
  return 'again';
}

const LEFT_OVER: ReadonlySet<Purchase['state']> = new Set([
  'requested',
  'offered',
  'approved',
  'paying',
  'locked',
]);

/** The purchases of an order; those in which something may still happen are followed from here on. */
async function followAll(context: OrderContext, run: OrderRun): Promise<readonly Purchase[]> {
  const purchases = await context.ledger.orders.purchases(run.orderId);
  for (const purchase of purchases)
    if (purchase.result === null && !ENDED.has(purchase.state))
      context.following.follow(purchase, run.policy);
  return purchases;
}

const ENDED: ReadonlySet<Purchase['state']> = new Set([
  'no-offer',
  'expired',
  'cancelled',
  'over-budget',
  'refunded',
]);

/** What the follower of a decided order gets. The receipt of the winner waits a moment for its settlement. */
export async function outcomeOf(
  context: OrderContext,
  run: OrderRun,
): Promise<Outcome<OrderReceipt, OrderFailureCode>> {
  const { orderId, order } = run;
  const verdict = readVerdict(order.verdict ?? '');
  const purchases = await context.ledger.orders.purchases(orderId);
  if (verdict.type === 'failed') {
    const { code, message, requestIds } = verdict;
    const results = await resultsOf(context, run, purchases);
    const told = results.filter(({ requestId }) => requestIds.includes(requestId));
    const providers = new Map(purchases.map(({ requestId, result }) => [requestId, result?.pubkey]));
    return failure(code, message, {
      results: told.map((result) => ({ ...result, providerPubkey: providers.get(result.requestId) })),
    });
  }
  const winner = purchases.find(({ requestId }) => requestId === verdict.requestId);
  if (winner === undefined) throw new Error(`Order ${orderId} was won by a purchase that is not there.`);
  const won = await context.following.follow(winner, run.policy).outcome.promise;
  if (!won.ok) return failure('closed', 'The customer was closed; resumeOrders goes on with the order.');
  const ordered = await orderedPurchases(context, orderId);
  const spentMsat = addMsat(ZERO_MSAT, ...ordered.map((purchase) => purchase.spentMsat));
  const { content } = won.value;
  return success({ orderId, content, won: won.value, why: verdict.why, purchases: ordered, spentMsat });
}

/** The purchases of an order and what each cost, as the books have it now. */
export async function orderedPurchases(
  context: Pick<OrderContext, 'ledger'>,
  orderId: string,
): Promise<OrderedPurchase[]> {
  const spent = await context.ledger.orders.spent(orderId);
  const purchases = await context.ledger.orders.purchases(orderId);
  return purchases.map(({ requestId, offer, state }) => ({
    requestId,
    providerPubkey: offer?.providerPubkey ?? null,
    state,
    spentMsat: spent.get(requestId) ?? ZERO_MSAT,
  }));
}
