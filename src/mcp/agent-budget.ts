import type { PurchaseHandle } from '../customer/index.ts';
import type { Ledger, Purchase, PurchaseState } from '../ledger/index.ts';
import { feeLimitOf } from '../money/index.ts';
import {
  addMsat,
  failure,
  formatSats,
  msat,
  success,
  ZERO_MSAT,
  type Msat,
  type Outcome,
} from '../protocol/index.ts';

/** What an agent may spend. Every cap counts prices with their routing fees, reserved ones as if they were paid. */
export interface AgentCaps {
  /** One purchase. */
  readonly perCallMsat: Msat;
  /** Everything since the server was started. */
  readonly perSessionMsat: Msat;
  /** Everything that this key pays in any 24 hours, whatever process pays it. */
  readonly perDayMsat: Msat;
  /** Prices above this need a person's approval; `null` asks for none. */
  readonly approveAboveMsat: Msat | null;
}

/** What may still be spent under each cap. */
export interface BudgetLeft {
  readonly perCallMsat: Msat;
  readonly sessionMsat: Msat;
  readonly dayMsat: Msat;
}

/** The caps of one server. The day's cap is enforced by the ledger as well, when the money is reserved. */
export interface AgentBudget {
  readonly caps: AgentCaps;
  /** Whether a price fits under every cap now. Fails with `over-budget`. */
  check(amountMsat: Msat): Promise<Outcome<void, 'over-budget'>>;
  /**
   * Sets the money for a purchase aside and approves it, one purchase at a time: whoever asks second sees the first as
   * spent. Fails with `over-budget` before it approves, or as the approval, and then the money is free again.
   */
  spend<Value, Code extends string>(
    purchase: Pick<Purchase, 'requestId'>,
    amountMsat: Msat,
    approve: () => Promise<Outcome<Value, Code>>,
  ): Promise<Outcome<Value, Code | 'over-budget'>>;
  /**
   * Begins a purchase whose price is agreed, and which then pays by itself: one at a time, as `spend`. Fails with
   * `over-budget`, or as the beginning.
   */
  begin<Code extends string>(
    amountMsat: Msat,
    buy: () => Promise<Outcome<PurchaseHandle, Code>>,
  ): Promise<Outcome<PurchaseHandle, Code | 'over-budget'>>;
  /**
   * Counts what a purchase of an earlier session may still pay in this one; what it has paid was that session's. Fails
   * with `over-budget` where nothing is reserved for it yet and a cap stands in the way: it must not be gone on with.
   */
  adopt(purchase: Purchase): Promise<Outcome<void, 'over-budget'>>;
  /** What was spent, is on its way or may be spent by purchases of this session. */
  sessionSpent(): Promise<Msat>;
  left(): Promise<BudgetLeft>;
}

/** Keeps the caps for what this process buys. */
export function createAgentBudget(
  caps: AgentCaps,
  { ledger, pubkey }: { readonly ledger: Ledger; readonly pubkey: string },
): AgentBudget {
  /** Purchases of this session that may still move money → what they may cost, fees included. */
  const open = new Map<string, Msat>();
  let endedMsat = ZERO_MSAT;
  let queue: Promise<unknown> = Promise.resolve();

  /** What a purchase costs as far as it is known, at most; it leaves `open` when that cannot change any more. */
  async function costOf(requestId: string, mostMsat: Msat): Promise<Msat> {
    const purchase = await ledger.purchases.get(requestId);
    const payments = await ledger.purchases.payments(requestId);
    const standing = payments.filter(({ state }) => state !== 'failed');
    const paid = addMsat(
      ...standing.map(({ amountMsat, feePaidMsat, feeLimitMsat }) =>
        addMsat(amountMsat, feePaidMsat ?? feeLimitMsat),
      ),
    );
    if (purchase === null || mayPay(purchase.state)) return paid > mostMsat ? paid : mostMsat;
    const isEnded = standing.every(({ state }) => state === 'settled');
    if (!isEnded || !open.delete(requestId)) return isEnded ? ZERO_MSAT : paid;
    endedMsat = addMsat(endedMsat, paid);
    return ZERO_MSAT;
  }

  async function sessionSpent(): Promise<Msat> {
    const costs = await Promise.all([...open].map(([requestId, most]) => costOf(requestId, most)));
    return addMsat(...costs, endedMsat);
  }

  async function left(): Promise<BudgetLeft> {
    const spent = await sessionSpent();
    const { todayMsat } = await ledger.spending.spent(pubkey);
    return {
      perCallMsat: caps.perCallMsat,
      sessionMsat: less(caps.perSessionMsat, spent),
      dayMsat: less(caps.perDayMsat, todayMsat),
    };
  }

  async function check(amountMsat: Msat): Promise<Outcome<void, 'over-budget'>> {
    const costMsat = costWithFees(amountMsat);
    const { perCallMsat, sessionMsat, dayMsat } = await left();
    const passed =
      (costMsat > perCallMsat && 'per_call') ||
      (costMsat > sessionMsat && 'per_session') ||
      (costMsat > dayMsat && 'per_day');
    if (passed === false) return success(undefined);
    return failure(
      'over-budget',
      `With routing fees it may cost ${formatSats(costMsat)}, more than the ${passed} cap leaves.`,
      { cap: passed, cost_sats: toSats(costMsat) },
    );
  }

  /** Sets aside what is not yet; whether it did. */
  async function setAside(requestId: string, amountMsat: Msat): Promise<Outcome<boolean, 'over-budget'>> {
    const purchase = await ledger.purchases.get(requestId);
    if (purchase?.state === 'requested') open.delete(requestId); // an earlier offer of it came to nothing
    if (open.has(requestId)) return success(false);
    const fits = await check(amountMsat);
    if (!fits.ok) return fits;
    open.set(requestId, costWithFees(amountMsat));
    return success(true);
  }

  return {
    caps,
    sessionSpent,
    left,
    check,
    spend({ requestId }, amountMsat, approve) {
      const spent = queue.then(async () => {
        const aside = await setAside(requestId, amountMsat);
        if (!aside.ok) return aside;
        const approved = await approve();
        if (!approved.ok && aside.value) open.delete(requestId);
        return approved;
      });
      queue = spent.catch(() => undefined); // the caller hears of it
      return spent;
    },
    begin(amountMsat, buy) {
      const begun = queue.then(async () => {
        const fits = await check(amountMsat);
        if (!fits.ok) return fits;
        const bought = await buy();
        if (bought.ok) open.set(bought.value.requestId, costWithFees(amountMsat));
        return bought;
      });
      queue = begun.catch(() => undefined); // the caller hears of it
      return begun;
    },
    async adopt({ requestId, state, offer, approval, maxAmountMsat }) {
      if (approval === 'ask' && (state === 'requested' || offer === null)) return success(undefined); // nothing is taken
      const amountMsat = offer?.amountMsat ?? maxAmountMsat;
      const payments = await ledger.purchases.payments(requestId);
      const isOver = payments.every((payment) => payment.state === 'settled' || payment.state === 'failed');
      if (isOver && !mayPay(state)) return success(undefined);
      const fits = mayPay(state) ? await check(amountMsat) : success(undefined);
      if (fits.ok) open.set(requestId, costWithFees(amountMsat));
      return fits;
    },
  };
}

/** An amount at the edge, where agents count in sats. */
export function toSats(amountMsat: Msat): number {
  return Number(amountMsat) / 1000;
}

/** What is reserved for a price. */
function costWithFees(amountMsat: Msat): Msat {
  return amountMsat === ZERO_MSAT ? ZERO_MSAT : addMsat(amountMsat, feeLimitOf(amountMsat));
}

/** States from which a purchase may yet reserve money. */
function mayPay(state: PurchaseState): boolean {
  return state === 'requested' || state === 'offered' || state === 'approved';
}

function less(cap: Msat, spent: Msat): Msat {
  return msat(cap > spent ? cap - spent : 0n);
}
