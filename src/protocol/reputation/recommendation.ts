import { ANNOUNCEMENT_KIND } from '../announcement.ts';
import { formatAddress, parseAddress, type EventAddress } from '../event-address.ts';
import type { EventTemplate, NostrEvent } from '../event.ts';
import { malformedTag, wrongKind, type EventFailureCode } from '../event-refusal.ts';
import { success, type Outcome } from '../outcome.ts';
import { normalizeRelayUrl } from '../relay-url.ts';
import { firstTag } from '../tag-reading.ts';

/** Recommends handlers of a kind (NIP-89); addressable, one per kind and recommender. */
export const RECOMMENDATION_KIND = 31989;

/** What somebody uses for a kind, and recommends. */
export interface Recommendation {
  readonly recommenderPubkey: string;
  /** The kind that the services handle: a job request kind, for providers. */
  readonly handledKind: number;
  readonly services: readonly RecommendedService[];
  readonly createdAt: number;
}

/** One recommended service. */
export interface RecommendedService {
  /** Of its announcement, kind 31990. */
  readonly address: EventAddress;
  /** Normalised; `null` when absent. */
  readonly relayHint: string | null;
  /** Where it applies, such as `web` or `ios`; `null` when it does not say. */
  readonly platform: string | null;
}

/** Reads a recommendation. Fails with `wrong-kind`, or with `malformed-tag` for `d` (no kind) or `a` (no service). */
export function parseRecommendation(event: NostrEvent): Outcome<Recommendation, EventFailureCode> {
  if (event.kind !== RECOMMENDATION_KIND) return wrongKind(event, 'recommendation (31989)');
  const kind = firstTag(event.tags, 'd')?.[1] ?? '';
  if (!/^\d{1,5}$/.test(kind)) return malformedTag('d', 'the kind that is handled');
  const services = event.tags.flatMap(([name, text, relay = '', platform = '']): RecommendedService[] => {
    const address = name === 'a' ? parseAddress(text) : null;
    if (address?.kind !== ANNOUNCEMENT_KIND) return [];
    return [{ address, relayHint: normalizeRelayUrl(relay), platform: platform === '' ? null : platform }];
  });
  if (services.length === 0) return malformedTag('a', 'the address of an announcement (kind 31990)');
  return success({
    recommenderPubkey: event.pubkey,
    handledKind: Number(kind),
    services,
    createdAt: event.created_at,
  });
}

/** Writes a recommendation; `createdAt` is unix seconds. */
export function buildRecommendation(
  recommendation: Omit<Recommendation, 'recommenderPubkey'>,
): EventTemplate {
  const tags = [
    ['d', recommendation.handledKind.toString()],
    ...recommendation.services.map(({ address, relayHint, platform }) => {
      const tag = ['a', formatAddress(address)];
      if (relayHint !== null || platform !== null) tag.push(relayHint ?? '');
      if (platform !== null) tag.push(platform);
      return tag;
    }),
  ];
  return { kind: RECOMMENDATION_KIND, created_at: recommendation.createdAt, tags, content: '' };
}
