import { wrapFor } from '../keys/index.ts';
import type { OutgoingEvent } from '../ledger/index.ts';
import { orThrow, wrapJobMessage, type JobMessageBody, type JobMessageDraft } from '../protocol/index.ts';
import { chosenOffer, type CustomerContext, type Run } from './run.ts';

/** A message about the job of a purchase, dated now. */
export function messageAbout(
  context: CustomerContext,
  run: Run,
  said: JobMessageBody & { readonly text?: string },
): JobMessageDraft {
  return { text: '', ...said, requestId: run.purchase.requestId, createdAt: context.now() };
}

/**
 * A private message (NIP-59) for the chosen provider, to be committed with the move that it tells of. Each is a wrap of
 * its own: relays and provider pass over an event that they have seen.
 */
export async function tellProvider(
  context: CustomerContext,
  run: Run,
  draft: JobMessageDraft,
  where: Pick<OutgoingEvent, 'relays' | 'expiresAt'>,
): Promise<OutgoingEvent> {
  const wrapping = wrapFor(chosenOffer(run).providerPubkey, context.signer, draft.createdAt);
  return { event: orThrow(await wrapJobMessage(draft, wrapping)), ...where };
}
