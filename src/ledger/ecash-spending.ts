/** What buying ecash, or paying with it, costs. */
export interface EcashCost {
  /** Of a payment in ecash the hash of its lock. */
  readonly paymentHash: string;
  /** Ecash was bought over Lightning; else something was paid with ecash. */
  readonly isBought: boolean;
  /** Of what was bought for one payment in ecash the hash of that; something else where it was put aside. */
  readonly boughtFor: string;
  readonly amountMsat: bigint;
  /** Amount and fees, or their limit. */
  readonly costMsat: bigint;
  /** Unix seconds. */
  readonly createdAt: number;
}

/**
 * What each of these costs counts against the caps, in the order in which they came. Ecash that was bought counts when it
 * was bought, and not again when it is paid with. What is paid with other ecash, which was earned or taken in, counts then.
 * So what leaves the Lightning wallet always counts, and nothing counts twice.
 */
export function countEcash<Cost extends EcashCost>(
  costs: readonly Cost[],
): { readonly cost: Cost; readonly countedMsat: bigint }[] {
  const paid = new Set(costs.filter(({ isBought }) => !isBought).map(({ paymentHash }) => paymentHash));
  const boughtFor = new Map<string, bigint>();
  for (const { isBought, boughtFor: hash, costMsat } of costs)
    if (isBought && paid.has(hash)) boughtFor.set(hash, (boughtFor.get(hash) ?? 0n) + costMsat);
  let asideMsat = 0n;
  return costs.toSorted(byTime).map((cost) => {
    const { isBought, costMsat } = cost;
    if (isBought) {
      if (!paid.has(cost.boughtFor)) asideMsat += cost.amountMsat;
      return { cost, countedMsat: costMsat };
    }
    const leftMsat = costMsat - least(costMsat, boughtFor.get(cost.paymentHash) ?? 0n);
    const fromAsideMsat = least(leftMsat, asideMsat);
    asideMsat -= fromAsideMsat;
    return { cost, countedMsat: leftMsat - fromAsideMsat };
  });
}

/** Of one second what was bought is first: it may have been paid with. */
function byTime(one: EcashCost, other: EcashCost): number {
  return one.createdAt - other.createdAt || Number(other.isBought) - Number(one.isBought);
}

function least(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}
