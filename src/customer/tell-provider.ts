import { wrapFor } from '../keys/index.ts';
import type { OutgoingEvent } from '../ledger/index.ts';
import { orThrow, wrapJobMessage, type JobMessageBody } from '../protocol/index.ts';
import { chosenOffer, type CustomerContext, type Run } from './run.ts';

/**
 * A private message (NIP-59) for the chosen provider, to be committed with the move that it tells of. Each is a wrap of
 * its own: relays and provider pass over an event that they have seen.
 */
export async function tellProvider(
  context: CustomerContext,
  run: Run,
  said: JobMessageBody & { readonly text?: string },
  where: Pick<OutgoingEvent, 'relays' | 'expiresAt'>,
): Promise<OutgoingEvent> {
  const createdAt = context.now();
  const draft = { text: '', ...said, requestId: run.purchase.requestId, createdAt };
  const wrapping = wrapFor(chosenOffer(run).providerPubkey, context.signer, createdAt);
  return { event: orThrow(await wrapJobMessage(draft, wrapping)), ...where };
}
