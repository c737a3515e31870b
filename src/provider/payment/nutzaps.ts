import { NUTZAP_KIND, parseNutzap, type NostrEvent } from '../../protocol/index.ts';
import type { ProviderContext } from '../context.ts';
import { MINT_TROUBLE, type EcashDesk } from '../ecash-desk.ts';
import type { SaleLoop } from '../sale-loop.ts';
import { listenForPaidEvents } from './paid-events.ts';
import { saleOfEvent } from './sale-of-event.ts';

/**
 * Hears nutzaps (NIP-61) for our key on the provider's relays until the signal aborts. One that names the request,
 * offer or result of a sale pays that job, as soon as its ecash is swapped into our own and not before. Resolves when
 * every relay that answers has sent what it stored; at once where no ecash is taken.
 */
export async function listenForNutzaps(
  context: ProviderContext,
  loop: SaleLoop,
  signal: AbortSignal,
): Promise<void> {
  const { ecash } = context;
  if (ecash === null) return;
  await listenForPaidEvents(context, NUTZAP_KIND, (event) => takeNutzap(context, ecash, loop, event), {
    onError: (error) => loop.broke(error, null),
    signal,
  });
}

/** `false` when the mint did not answer, so that it is asked again. */
async function takeNutzap(
  context: ProviderContext,
  ecash: EcashDesk,
  loop: SaleLoop,
  event: NostrEvent,
): Promise<boolean> {
  const nutzap = parseNutzap(event);
  const eventId = nutzap.ok ? nutzap.value.eventId : null;
  const sale = eventId === null ? null : await saleOfEvent(context, eventId);
  if (sale === null) return true; // strangers must not make us call mints
  const redeemed = await ecash.redeemNutzap(event, { signal: context.signal });
  if (!redeemed.ok) {
    if (MINT_TROUBLE.has(redeemed.failure.code)) context.onTrouble(redeemed.failure, sale);
    return !MINT_TROUBLE.has(redeemed.failure.code);
  }
  const { amountMsat } = redeemed.value;
  const receipt = { paymentHash: event.id, via: 'nutzap', amountMsat } as const;
  await loop.moneyReceived(sale, { ...receipt, receivedAt: context.now() });
  await ecash.tellRedeemed(event);
  return true;
}
