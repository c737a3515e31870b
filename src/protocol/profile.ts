import type { EventTemplate, NostrEvent } from './event.ts';
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

/** The name in a profile; `null` when there is none. Untrusted. */
export function nameOfProfile(profile: NostrEvent): string | null {
  const fields = profile.kind === PROFILE_KIND ? parseJson(profile.content) : null;
  const name = isRecord(fields) ? fields['name'] : undefined;
  return typeof name === 'string' ? name : null;
}

/** What is said about the key of a provider. */
export interface ProfileDraft {
  readonly name: string;
  readonly about: string;
  /** Name it only where the wallet that is watched serves it. */
  readonly lud16?: string;
  /** A program answers under the key (NIP-24 `bot`). */
  readonly bot: boolean;
  readonly createdAt: number;
}

/** Who wrote a profile, as clients say it (NIP-89). */
const CLIENT_TAG = ['client', 'coinop'] as const;

/** Writes the profile of a provider, by which clients that know nothing of jobs find what it is and how to zap it. */
export function buildProfile({ name, about, lud16, bot, createdAt }: ProfileDraft): EventTemplate {
  const content = JSON.stringify({
    name,
    about,
    ...(lud16 === undefined ? {} : { lud16 }),
    ...(bot ? { bot } : {}),
  });
  return { kind: PROFILE_KIND, created_at: createdAt, tags: [[...CLIENT_TAG]], content };
}

/** Whether a profile is one of `buildProfile`: any other is a person's own, and not ours to replace. */
export function isBuiltProfile({ kind, tags }: NostrEvent): boolean {
  return (
    kind === PROFILE_KIND && tags.some(([name, value]) => name === CLIENT_TAG[0] && value === CLIENT_TAG[1])
  );
}
