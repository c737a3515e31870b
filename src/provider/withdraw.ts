import { ANNOUNCEMENT_KIND, formatAddress, isJobRequestKind, parseAnnouncement } from '../protocol/index.ts';
import type { ProviderContext } from './context.ts';

/** NIP-09. */
const DELETION_KIND = 5;
/** A key that announced more services than these withdraws the rest the next time. */
const MAX_ANNOUNCEMENTS = 200;

/**
 * Withdraws the announcements of this key's services (NIP-09) that are not sold any more, by their ids: clients would
 * ask for work that nobody does. What other processes sell under the key counts as sold. Announcements of anything that
 * is no job are left alone. Returns the ids of what was withdrawn; empty also when no relay took the withdrawal.
 */
export async function withdrawServices(
  provider: Pick<ProviderContext, 'signer' | 'relays' | 'relayUrls' | 'now'>,
  isSold: (serviceId: string) => boolean,
  options: { readonly signal: AbortSignal },
): Promise<readonly string[]> {
  const { signer, relays, relayUrls, now } = provider;
  const filter = { kinds: [ANNOUNCEMENT_KIND], authors: [signer.pubkey], limit: MAX_ANNOUNCEMENTS };
  const identifiers = new Set<string>();
  for (const event of await relays.query(relayUrls, [filter], options)) {
    const announced = parseAnnouncement(event);
    if (!announced.ok || !announced.value.kinds.every(isJobRequestKind)) continue;
    if (!isSold(announced.value.identifier)) identifiers.add(announced.value.identifier);
  }
  if (identifiers.size === 0) return [];
  const addresses = [...identifiers].map((identifier) =>
    formatAddress({ kind: ANNOUNCEMENT_KIND, pubkey: signer.pubkey, identifier }),
  );
  const tags = [...addresses.map((address) => ['a', address]), ['k', String(ANNOUNCEMENT_KIND)]];
  const deletion = await signer.sign({
    kind: DELETION_KIND,
    created_at: now(),
    tags,
    content: 'No longer sold.',
  });
  const receipts = await relays.publish(deletion, relayUrls, options);
  const isTaken = receipts.some(({ outcome }) => outcome === 'accepted' || outcome === 'duplicate');
  return isTaken ? [...identifiers] : [];
}
