import { sha256Hex } from '../../../../src/blobs/index.ts';
import type { Customer } from '../../../../src/customer/index.ts';
import type { Purchase } from '../../../../src/ledger/index.ts';
import { failure, readFollowUp, type Outcome } from '../../../../src/protocol/index.ts';
import type { EngineCalls } from '../../contract.ts';
import { hedgedKeyOf, MADE_BY } from './made-by.ts';

/** Providers that one encrypted wish is for, at most: each has its own ciphertext, and so its own request. */
export const MOST_TOGETHER = 5;

/** How one of several requests of a wish is named in the books. */
export interface TogetherNames {
  readonly idempotencyKey: string;
  readonly madeBy: string;
}

/** The names of as many requests as one wish can have, by its own idempotency key. */
export function namesTogether(wishKey: string): readonly TogetherNames[] {
  return namesOf(sha256Hex(new TextEncoder().encode(wishKey)).slice(0, 32));
}

function namesOf(wish: string): readonly TogetherNames[] {
  return Array.from({ length: MOST_TOGETHER }, (_, place) => ({
    idempotencyKey: `${wish}/${place}`,
    madeBy: `${MADE_BY}/${wish}`,
  }));
}

/**
 * What the requests of one wish have in common in the books; `null` for one that was asked alone, as each further step of
 * a job is: it has the name of the first, and a result and a payment of its own.
 */
function wishNamed({ madeBy = '', request }: Pick<Purchase, 'madeBy' | 'request'>): string | null {
  if (readFollowUp(request.tags) !== null) return null;
  return madeBy.startsWith(`${MADE_BY}/`) ? madeBy.slice(MADE_BY.length + 1) : null;
}

/** States in which an offer is taken, or was. */
const TAKEN: ReadonlySet<Purchase['state']> = new Set([
  'offered', // what waits for approval is `requested`
  'approved',
  'paying',
  'unreconciled',
  'locked',
  'paid',
  'received',
  'reviewed',
  'undelivered',
  'refunded',
]);
/** Of those, the ones from which there is no way back to choosing: the other requests are withdrawn. */
const FINAL: ReadonlySet<Purchase['state']> = new Set([
  'locked',
  'paid',
  'received',
  'reviewed',
  'undelivered',
  'refunded',
]);

/** The purchase by which a wish is shown: what was taken, else what is still open, else the first. */
export function faceOf(together: readonly Purchase[]): Purchase | undefined {
  return (
    together.find(({ state }) => TAKEN.has(state)) ??
    together.find(({ state }) => state === 'requested') ??
    together[0]
  );
}

/** Of a list of purchases one for each wish, in the order of the list; the address of any of them shows the same. */
export function facesIn(purchases: readonly Purchase[]): readonly Purchase[] {
  const wishes = Map.groupBy(purchases, (purchase) => wishNamed(purchase) ?? purchase.requestId);
  const faces = new Set([...wishes.values()].map((wish) => faceOf(wish)?.requestId));
  return purchases.filter(({ requestId }) => faces.has(requestId));
}

/** Requests that are one wish: their offers compete, one of them is paid, and the others are withdrawn. */
export interface Together {
  /** All purchases of the same wish, in the order in which they were asked. */
  of(purchase: Purchase): Promise<readonly Purchase[]>;
  /**
   * Takes an offer for whichever request of the wish it was made; fails with `already-taken` besides, and for a purchase
   * from a second provider with `same-provider`, where the offer is of the first.
   */
  approve(input: EngineCalls['market.approve']['input']): Promise<EngineCalls['market.approve']['output']>;
  /** Withdraws every request of the wish that is still open. */
  cancel(input: EngineCalls['market.cancel']['input']): Promise<EngineCalls['market.cancel']['output']>;
  /** A purchase has moved, or is there again: withdraws what need not be bought any more. */
  look(purchase: Purchase): void;
}

/** Keeps together what the books say is one wish; `customer` is the one at work. */
export function keepTogether(customer: () => Customer): Together {
  const of = async (purchase: Purchase): Promise<readonly Purchase[]> => {
    const wish = wishNamed(purchase);
    if (wish === null) return [purchase];
    const found = await Promise.all(
      namesOf(wish).map(({ idempotencyKey }) => customer().byIdempotencyKey(idempotencyKey)),
    );
    return found.filter((each) => each !== null);
  };
  const withdrawOthers = async (purchase: Purchase): Promise<void> => {
    const wish = await of(purchase);
    if (!wish.some(({ state }) => FINAL.has(state))) return;
    for (const { requestId, state } of wish)
      if (state === 'requested') await customer().cancel(requestId, 'another offer was taken');
  };
  const isOfFirst = async (purchase: Purchase, offerId: string): Promise<boolean> => {
    const first = hedgedKeyOf(purchase);
    if (first === null) return false;
    const { offers = [] } = (await customer().comparison(purchase.requestId)) ?? {};
    return offers.some(({ id, providerPubkey }) => id === offerId && providerPubkey.startsWith(first));
  };
  const approveOne: Together['approve'] = async ({ requestId, ...approval }) => {
    const purchase = await customer().get(requestId);
    if (purchase !== null && (await isOfFirst(purchase, approval.offerId))) return SAME_PROVIDER;
    const wish = purchase === null ? [] : await of(purchase);
    if (wish.length < 2) return customer().approve(requestId, approval);
    let wanted = requestId;
    for (const each of wish) {
      const comparison = await customer().comparison(each.requestId);
      if (comparison?.offers.some(({ id }) => id === approval.offerId) === true) wanted = each.requestId;
    }
    if (wish.some((other) => other.requestId !== wanted && TAKEN.has(other.state))) return ALREADY_TAKEN;
    return customer().approve(wanted, approval);
  };
  /** Two offers of one wish must not be taken at once, by two tabs perhaps. */
  let approving: Promise<unknown> = Promise.resolve();
  return {
    of,
    approve(input) {
      const turn = approving.then(() => approveOne(input));
      approving = turn.catch(() => undefined); // its own caller hears of it
      return turn;
    },
    async cancel({ requestId, reason }) {
      const purchase = await customer().get(requestId);
      const wish = purchase === null ? [] : await of(purchase);
      let cancelled: Outcome<Purchase> | null = null;
      for (const each of wish) {
        if (each.requestId === requestId || each.state !== 'requested') continue;
        cancelled = await customer().cancel(each.requestId, reason);
      }
      const own = await customer().cancel(requestId, reason);
      return own.ok ? own : (cancelled ?? own);
    },
    look(purchase) {
      if (wishNamed(purchase) === null) return;
      void withdrawOthers(purchase).catch(() => undefined); // the books were closed; looked at again with them
    },
  };
}

const ALREADY_TAKEN = failure(
  'already-taken',
  'Another offer for this is being paid already. It is not paid a second time.',
);
const SAME_PROVIDER = failure(
  'same-provider',
  'You took an offer of this provider for the same job already: take one of somebody else.',
);
