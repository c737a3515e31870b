import type { Signer } from '../keys/index.ts';
import type { OutgoingEvent, Purchase, PurchaseState } from '../ledger/index.ts';
import { buildCancellation, parseJobRequest } from '../protocol/index.ts';

/** A cancellation is of no use to anybody later than this. */
const CANCELLATION_WORTH_SECONDS = 3600;

/** The kind 5 event that withdraws a request, to be published by the move that goes with it. */
export async function signCancellation(
  { signer, now }: { readonly signer: Signer; readonly now: () => number },
  purchase: Pick<Purchase, 'requestId' | 'request' | 'relays'>,
  reason: string,
): Promise<OutgoingEvent> {
  const createdAt = now();
  const { requestId, request, relays } = purchase;
  const event = await signer.sign(
    buildCancellation({ requestId, requestKind: request.kind, reason, createdAt }),
  );
  return { event, relays, expiresAt: createdAt + CANCELLATION_WORTH_SECONDS };
}

/** Ends in which nothing was ever paid. */
const UNPAID_ENDS: ReadonlySet<PurchaseState> = new Set(['no-offer', 'expired', 'over-budget']);

/**
 * Whether a purchase that ends so is withdrawn as well: a further step of a job, whose provider would keep it for this
 * request for as long as its offer stands, and refuse it to the next one.
 */
export function isWithdrawnAt(state: PurchaseState, { request }: Pick<Purchase, 'request'>): boolean {
  if (!UNPAID_ENDS.has(state)) return false;
  const read = parseJobRequest(request);
  return read.ok && read.value.followUp !== null;
}
