import type { Sale } from '../../ledger/index.ts';
import type { JobRequest, Rescue } from '../../protocol/index.ts';
import type { AdmissionDesk } from '../admission-desk.ts';
import type { ProviderContext } from '../context.ts';
import { openToAnswer } from '../open-request.ts';
import type { OpenSales } from '../open-sales.ts';
import { makeOffer, offerMove } from '../quote.ts';
import { makeRoom } from '../room.ts';
import type { SaleLoop } from '../sale-loop.ts';
import type { Rescuer } from './rescuers.ts';

/** What stepping in takes of the provider. */
export interface StepInParts {
  readonly context: ProviderContext;
  readonly admission: AdmissionDesk;
  readonly sales: OpenSales;
  readonly loop: SaleLoop;
}

/**
 * What came of an attempt. `made`: the offer is in the books and on its way. `not-ours`: the job is in the books
 * already, or is none for us. `not-now`: the wallet, or the room for another offer, may be there later.
 */
type StepIn =
  | { readonly came: 'made'; readonly sale: Sale }
  | { readonly came: 'not-ours' }
  | { readonly came: 'not-now' };

/**
 * Makes an offer for a job that others have abandoned. It passes the same admission, pricing and limits as any, and its
 * request is booked together with it in one commit: whoever opens the sale first is the one that offers, and no crash
 * leaves a request in the books that nobody asked us to answer.
 */
export async function stepIn(
  parts: StepInParts,
  request: JobRequest,
  by: Rescue,
  rescuers: readonly Rescuer[],
): Promise<StepIn> {
  const { context, admission, sales } = parts;
  const known = await context.ledger.sales.get(context.signer.pubkey, request.id);
  if (known !== null || sales.has(request.id)) return { came: 'not-ours' };
  const readable = await openToAnswer(context, request.event);
  if (!readable.ok) return { came: 'not-ours' };
  const admitted = await admission.judgeRescue(readable.value, rescuers);
  if (!admitted.ok) return { came: admitted.failure.code === 'over-capacity' ? 'not-now' : 'not-ours' };
  let isBooked = false;
  try {
    const job = { ...admitted.value, rescue: by };
    const room = await makeRoom(parts, job);
    const offer = room.ok ? await makeOffer(context, null, job) : null;
    if (offer === null) return { came: 'not-now' };
    context.checkpoint('provider:before-open');
    const { sale, created } = await context.ledger.sales.open({
      providerPubkey: context.signer.pubkey,
      serviceId: job.service.id,
      request: request.event,
      answer: await offerMove(context, job, offer),
    });
    isBooked = true;
    context.checkpoint('provider:after-open');
    sales.note(sale);
    if (!created) return { came: 'not-ours' }; // who was first goes on with it
    context.onChange(sale);
    parts.loop.step(sale.requestId, sale);
    return { came: 'made', sale };
  } finally {
    if (!isBooked) sales.forget(request.id);
  }
}
