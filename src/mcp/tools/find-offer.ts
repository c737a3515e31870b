import { pause } from '../../clock/index.ts';
import type { ComparedOffer } from '../../customer/index.ts';
import { failure, success, type Outcome } from '../../protocol/index.ts';
import type { Shop } from '../shop.ts';

/** After a restart offers come in again from the relays, and the wallet says its network again. */
const PATIENCE_MS = 15_000;
const LOOK_EVERY_MS = 250;

/**
 * The offer that a quote names, as it stands now. Fails with `quote-gone` where the relays do not show it, or with the
 * code by which it cannot be taken any more.
 */
export async function findOffer(
  { customer, blocked }: Shop,
  { requestId, offerId }: { readonly requestId: string; readonly offerId: string },
  signal: AbortSignal,
): Promise<Outcome<ComparedOffer>> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  for (;;) {
    const comparison = await customer.comparison(requestId);
    const offer = comparison?.offers.find(({ id }) => id === offerId);
    if (offer !== undefined)
      return blocked.has(offer.providerPubkey)
        ? failure('blocked', 'The person has blocked this provider. Nothing was paid.')
        : success(offer);
    const refused = comparison?.refused.find((each) => each.offer.id === offerId);
    if (refused !== undefined && refused.code !== 'wallet-unknown')
      return failure(refused.code, 'The offer cannot be taken any more. Nothing was paid.');
    if (signal.aborted || performance.now() >= giveUpAt)
      return failure('quote-gone', 'The offer is on no relay any more. Nothing was paid.');
    await pause(LOOK_EVERY_MS, signal);
  }
}
