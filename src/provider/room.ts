import { UNPAID_WORK_MODES } from '../ledger/index.ts';
import { failure, success, type Outcome } from '../protocol/index.ts';
import type { AdmissionDesk } from './admission-desk.ts';
import type { Admitted } from './admission.ts';
import type { ProviderContext } from './context.ts';
import type { OpenSales } from './open-sales.ts';
import { provenWork } from './proven-work.ts';
import type { SaleLoop } from './sale-loop.ts';

/** The part of all open sales that unpaid offers to strangers may take. */
const STRANGERS_SHARE = 0.8;
/** Offers of strangers that turn out to be those of customers; so many are looked at for one request. */
const MAX_LOOKS = 20;

/**
 * Finds room for a request that was admitted, among the open sales of which it counts already. A customer that has paid
 * here before takes the place of a stranger's unpaid offer when there is no other; a stranger does that only with more
 * proof of work than the other showed. Fails with `over-capacity`.
 */
export async function makeRoom(
  parts: {
    readonly context: ProviderContext;
    readonly sales: OpenSales;
    readonly admission: AdmissionDesk;
    readonly loop: SaleLoop;
  },
  { request, exchange }: Pick<Admitted, 'request' | 'exchange'>,
): Promise<Outcome<void, 'over-capacity'>> {
  const { context, sales, admission } = parts;
  const { openSales, offersPerStranger, offersPerPayer } = context.limits;
  const { customerPubkey } = request;
  const offers = sales.offersOf(customerPubkey);
  const isCrowded = sales.size() > openSales;
  // What is worked on at once waits for nobody's money: offers must not keep it out of the room that is left.
  const isOffer = !UNPAID_WORK_MODES.includes(exchange);
  const strangersAreMany = isOffer && sales.strangersOffers() > Math.max(1, openSales * STRANGERS_SHARE);
  if (!isCrowded && !strangersAreMany && offers <= offersPerStranger) return success(undefined);
  const isPayer = await admission.isPayer(customerPubkey);
  if (offers > (isPayer ? offersPerPayer : offersPerStranger))
    return failure(
      'over-capacity',
      `${offers - 1} offers wait for your payment here; pay them or let them run out.`,
    );
  if (!isCrowded && (isPayer || !strangersAreMany)) return success(undefined);
  return displace(parts, isPayer ? Number.POSITIVE_INFINITY : provenWork(request.event));
}

/** Gives up the cheapest offer of a stranger that is worth less than this work. */
async function displace(
  {
    sales,
    admission,
    loop,
  }: {
    readonly sales: OpenSales;
    readonly admission: AdmissionDesk;
    readonly loop: SaleLoop;
  },
  work: number,
): Promise<Outcome<void, 'over-capacity'>> {
  for (let looks = 0; looks < MAX_LOOKS; looks++) {
    const cheapest = sales.cheapestOffer();
    if (cheapest === null || cheapest.work >= work) break;
    if (await admission.isPayer(cheapest.customerPubkey)) {
      sales.rememberPayer(cheapest.customerPubkey); // its offers are no stranger's any more
      continue;
    }
    sales.setAside(cheapest.requestId);
    await loop.giveUp(cheapest.requestId);
    return success(undefined);
  }
  return failure('over-capacity', 'Too many jobs are waiting here; try again later.');
}
