import type { Sale } from '../../ledger/index.ts';
import { findTag } from '../../protocol/index.ts';
import type { ProviderContext } from '../context.ts';

/** The sale whose request, offer or result that event is: what zaps and nutzaps name. */
export async function saleOfEvent(context: ProviderContext, eventId: string): Promise<Sale | null> {
  const { ledger, signer } = context;
  const requested = await ledger.sales.get(signer.pubkey, eventId);
  if (requested !== null) return requested;
  const said = await ledger.outbox.get(eventId);
  const requestId = said?.event.pubkey === signer.pubkey ? findTag(said.event, 'e')?.[1] : undefined;
  return requestId === undefined ? null : ledger.sales.get(signer.pubkey, requestId);
}
