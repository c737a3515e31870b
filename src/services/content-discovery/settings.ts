import * as z from 'zod';
import { normalizeRelayUrl } from '../../protocol/index.ts';
import { readPubkey } from './person.ts';

/** A public key as people write it, read as hex. */
const PublicKey = z.string().transform((text, context) => {
  const pubkey = readPubkey(text);
  if (pubkey === null) context.addIssue({ code: 'custom', message: 'Write a public key as npub or hex.' });
  return pubkey ?? '';
});

/**
 * Settings of everything that finds content and people; services with the same settings share one index. `relays` are
 * those to read, the provider's own unless told. `trusted` are keys of people (npub or hex) from which trust flows along
 * follows. `keep_days` is how far back the index goes, `fresh_hours` how old notes of a feed may be.
 */
export const IndexSettings = z.strictObject({
  relays: z
    .array(z.string().refine((url) => normalizeRelayUrl(url) !== null, 'Write relays as wss:// addresses.'))
    .max(20)
    .optional(),
  trusted: z.array(PublicKey).max(500).default([]),
  keep_days: z.int().min(1).max(365).default(14),
  fresh_hours: z.int().min(1).max(8760).default(72),
  max_notes: z.int().min(100).max(2_000_000).default(200_000),
  max_votes: z.int().min(100).max(10_000_000).default(1_000_000),
  max_people: z.int().min(100).max(1_000_000).default(100_000),
});

/** As parsed. */
export type IndexSettings = z.output<typeof IndexSettings>;
