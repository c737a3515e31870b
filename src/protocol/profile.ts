import type { NostrEvent } from './event.ts';
import { isRecord, parseJson } from './untrusted-json.ts';
import { readLightningAddress } from './written-amount.ts';

/** What a key says about itself (NIP-01). */
export const PROFILE_KIND = 0;

/** The lightning address (`lud16`) in a profile, as NIP-57 has it; `null` when there is none, or none that can be one. */
export function paymentAddressOfProfile(profile: NostrEvent): string | null {
  const fields = profile.kind === PROFILE_KIND ? parseJson(profile.content) : null;
  const lud16 = isRecord(fields) ? fields['lud16'] : undefined;
  return typeof lud16 === 'string' ? readLightningAddress(lud16.trim()) : null;
}
