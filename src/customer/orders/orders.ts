import { bytesToHex, randomBytes } from '@noble/hashes/utils.js';
import type { Order } from '../../ledger/index.ts';
import { failure, success, type Outcome } from '../../protocol/index.ts';
import type { BuyingPolicy } from '../buying-policy.ts';
import type { WishFailureCode } from '../errors.ts';
import { describeFault, type Following } from '../follow.ts';
import { fingerprintOf, isKey, KEY_WANTS } from '../idempotency.ts';
import { checkWish } from '../request.ts';
import type { CustomerContext } from '../run.ts';
import { Stepper } from '../stepper.ts';
import { judgementOf } from './agreement.ts';
import { orderedPurchases, outcomeOf, stepOrder } from './carry-out.ts';
import type { OrderFailureCode } from './order-errors.ts';
import type { OrderContext, OrderRun } from './order-run.ts';
import type { OrderHandle, OrderWish } from './order.ts';
import { planOf, readPlan, storedPlan, type OrderPlan } from './plan.ts';

const MAX_ASKED = 10;
const MAX_RESCUES = 10;
const MAX_DEADLINE_SECONDS = 30 * 86_400;

/** The orders that a customer follows. */
export interface Orders {
  place(
    order: OrderWish,
    policy: BuyingPolicy,
  ): Promise<Outcome<OrderHandle, OrderFailureCode | WishFailureCode>>;
  resume(policy: BuyingPolicy): Promise<readonly OrderHandle[]>;
  /** One of the purchases of that order has moved, or was answered. */
  look(orderId: string): void;
  close(): Promise<void>;
}

/** Follows orders by following their purchases. */
export function followOrders(customer: CustomerContext, following: Following): Orders {
  const context: OrderContext = { ...customer, following };
  const runs = new Map<string, OrderRun>();

  const follow = (order: Order, policy: BuyingPolicy): OrderRun => {
    const known = runs.get(order.orderId);
    if (known) return known;
    const run = createOrderRun(context, order, policy, () => {
      runs.delete(order.orderId);
      const { outcome } = run;
      outcomeOf(context, run).then(outcome.resolve, (fault: unknown) => {
        context.onTrouble(describeFault(fault), null);
        outcome.resolve(CLOSED);
      });
    });
    runs.set(order.orderId, run);
    run.stepper.poke();
    return run;
  };
  /** The caller's policy holds from now on, though `resume` may have begun with another. */
  const usePolicy = (run: OrderRun, policy: BuyingPolicy): void => {
    run.policy = policy;
    for (const ordered of following.runs.values())
      if (ordered.purchase.orderId === run.orderId) ordered.policy = policy;
  };
  const handleOf = ({ orderId, outcome }: OrderRun): OrderHandle => ({
    orderId,
    purchases: () => orderedPurchases(context, orderId),
    result: () => outcome.promise,
  });

  return {
    async place(order, policy) {
      const plan = planOf(order);
      const flaw = findFlaw(context, order, plan);
      if (flaw !== null)
        return failure('invalid-order', `The order's ${flaw.field} ${flaw.wants}.`, { ...flaw });
      const { idempotencyKey: key, deadlineSeconds = plan.deadlineSeconds * (plan.rescues + 1) } = order;
      const stored = storedPlan(plan);
      context.checkpoint('order:before-open');
      const opened = await context.ledger.orders.open({
        orderId: bytesToHex(randomBytes(32)),
        customerPubkey: context.signer.pubkey,
        plan: stored,
        maxTotalMsat: order.maxTotalMsat,
        deadlineAt: context.now() + Math.min(deadlineSeconds, MAX_DEADLINE_SECONDS),
        ...(key === undefined
          ? {}
          : { key: { key, fingerprint: fingerprintOf([stored, order.maxTotalMsat]) } }),
      });
      if (!opened.ok) return opened;
      context.checkpoint('order:after-open');
      const run = follow(opened.value.order, policy);
      usePolicy(run, policy);
      run.isSame = judgementOf(order.redundancy?.compare ?? 'exact');
      withdrawBy(order.wish.signal, run);
      run.stepper.poke();
      return success(handleOf(run));
    },
    async resume(policy) {
      const open = await context.ledger.orders.listOpen(context.signer.pubkey);
      return open.map((order) => handleOf(follow(order, policy)));
    },
    look(orderId) {
      runs.get(orderId)?.stepper.poke();
    },
    async close() {
      await Promise.all([...runs.values()].map(({ stepper }) => stepper.stop()));
      for (const { outcome } of runs.values()) outcome.resolve(CLOSED);
    },
  };
}

const CLOSED = failure('closed', 'The customer was closed; resumeOrders goes on with the order.');

function createOrderRun(
  context: OrderContext,
  order: Order,
  policy: BuyingPolicy,
  onDone: () => void,
): OrderRun {
  const plan = readPlan(order.plan);
  const run: OrderRun = {
    orderId: order.orderId,
    plan,
    policy,
    stepper: new Stepper(
      async () => {
        const next = await stepOrder(context, run);
        if (next === 'done') onDone();
        return next;
      },
      (fault) => context.onTrouble(describeFault(fault), null),
    ),
    outcome: Promise.withResolvers(),
    contents: new Map(),
    order,
    isSame: plan.compare === 'own' ? null : judgementOf(plan.compare),
    withdrawn: false,
  };
  return run;
}

function withdrawBy(signal: AbortSignal | undefined, run: OrderRun): void {
  const withdraw = (): void => {
    run.withdrawn = true;
    run.stepper.poke();
  };
  signal?.addEventListener('abort', withdraw, { once: true });
  void run.outcome.promise.then(() => signal?.removeEventListener('abort', withdraw));
  if (signal?.aborted) withdraw();
}

function findFlaw(
  context: CustomerContext,
  { wish, maxTotalMsat, idempotencyKey: key, redundancy, deadlineSeconds }: OrderWish,
  { ask, agree, hedgeAfter, rescues, compare }: OrderPlan,
): { readonly field: string; readonly wants: string } | null {
  const flaw = checkWish(context, wish);
  if (flaw !== null) return { ...flaw, field: `wish.${flaw.field}` };
  if (maxTotalMsat < 0n) return { field: 'maxTotalMsat', wants: 'must not be negative' };
  if (key !== undefined && !isKey(key)) return { field: 'idempotencyKey', wants: KEY_WANTS };
  if (!isCount(ask, 1, MAX_ASKED) || !isCount(agree, 1, ask))
    return {
      field: 'redundancy',
      wants: `must ask 1 to ${MAX_ASKED} providers, and no fewer than must agree`,
    };
  if (redundancy !== undefined && wish.targets !== undefined && wish.targets.length < ask)
    return { field: 'wish.targets', wants: 'must be as many as are asked, or left out' };
  if (wish.encrypted === true && (wish.targets ?? []).length === 0)
    return { field: 'wish.targets', wants: 'must name the providers for which it is encrypted' };
  if (compare === 'own' && key === undefined)
    return {
      field: 'idempotencyKey',
      wants: 'must be given with an own comparison, to go on after a restart',
    };
  if (typeof hedgeAfter === 'number' && !isCount(hedgeAfter, 1, MAX_DEADLINE_SECONDS))
    return { field: 'hedge', wants: 'must be whole seconds' };
  if (!isCount(rescues, 0, MAX_RESCUES)) return { field: 'rescues', wants: `must be 0 to ${MAX_RESCUES}` };
  if (deadlineSeconds !== undefined && !isCount(deadlineSeconds, 1, MAX_DEADLINE_SECONDS))
    return { field: 'deadlineSeconds', wants: 'must be whole seconds' };
  return null;
}

function isCount(value: number, least: number, most: number): boolean {
  return Number.isSafeInteger(value) && value >= least && value <= most;
}
