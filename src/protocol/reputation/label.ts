import type { EventTemplate, NostrEvent } from '../event.ts';
import { malformedTag, wrongKind, type EventFailureCode } from '../event-refusal.ts';
import { success, type Outcome } from '../outcome.ts';
import { firstTag, readSeconds } from '../tag-reading.ts';

/** Puts something into a class (NIP-32). */
export const LABEL_KIND = 1985;

/** What a label may be put on: an event, a key, an addressable event, a URL or a topic. */
const TARGET_TAGS = ['e', 'p', 'a', 'r', 't'] as const;

/** One thing that is labelled. */
export interface LabelTarget {
  readonly tag: (typeof TARGET_TAGS)[number];
  readonly value: string;
  /** As sent; `null` when absent. */
  readonly relayHint: string | null;
}

/** A label with the vocabulary that it is from. */
export interface Label {
  readonly value: string;
  /** `ugc` where the sender names none. */
  readonly namespace: string;
}

/** A labelling event, as read. */
export interface Labelling {
  readonly authorPubkey: string;
  readonly labels: readonly Label[];
  readonly targets: readonly LabelTarget[];
  /** Why; untrusted text. */
  readonly reason: string;
  /** NIP-40, unix seconds; a class such as "alive" does not hold for ever. */
  readonly expiresAt: number | null;
  readonly createdAt: number;
}

/** Reads labels. Fails with `wrong-kind`, or with `malformed-tag` for `l` (no label) or `e` (no target of any sort). */
export function parseLabelling(event: NostrEvent): Outcome<Labelling, EventFailureCode> {
  if (event.kind !== LABEL_KIND) return wrongKind(event, 'label (1985)');
  const labels = event.tags.flatMap(([name, value = '', namespace = '']) =>
    name === 'l' && value !== '' ? [{ value, namespace: namespace === '' ? 'ugc' : namespace }] : [],
  );
  if (labels.length === 0) return malformedTag('l', 'a label');
  const targets = event.tags.flatMap(([name, value = '', relay = '']): LabelTarget[] => {
    const tag = TARGET_TAGS.find((known) => known === name);
    return tag === undefined || value === '' ? [] : [{ tag, value, relayHint: relay === '' ? null : relay }];
  });
  if (targets.length === 0) return malformedTag('e', 'there, or p, a, r or t: something that is labelled');
  return success({
    authorPubkey: event.pubkey,
    labels,
    targets,
    reason: event.content,
    expiresAt: readSeconds(firstTag(event.tags, 'expiration')?.[1]),
    createdAt: event.created_at,
  });
}

/** Writes labels, with an `L` tag for each of their vocabularies; `createdAt` is unix seconds. */
export function buildLabelling(labelling: Omit<Labelling, 'authorPubkey'>): EventTemplate {
  const namespaces = new Set(labelling.labels.map(({ namespace }) => namespace));
  const tags = [
    ...[...namespaces].map((namespace) => ['L', namespace]),
    ...labelling.labels.map(({ value, namespace }) => ['l', value, namespace]),
    ...labelling.targets.map(({ tag, value, relayHint }) =>
      relayHint === null ? [tag, value] : [tag, value, relayHint],
    ),
  ];
  if (labelling.expiresAt !== null) tags.push(['expiration', labelling.expiresAt.toString()]);
  return { kind: LABEL_KIND, created_at: labelling.createdAt, tags, content: labelling.reason };
}
