import type { Announcement } from './announcement.ts';
import { formatAddress } from './event-address.ts';
import { isHex32, type EventTemplate, type Filter, type NostrEvent } from './event.ts';
import { wrongKind, malformedTag, type EventFailureCode } from './event-refusal.ts';
import { success, type Outcome } from './outcome.ts';
import { allValues, firstTag } from './tag-reading.ts';

/** Application data (NIP-78): addressable, so a person makes one statement for each of its worker keys. */
export const OPERATOR_STATEMENT_KIND = 30078;

/** NIP-09. */
const DELETION_KIND = 5;
const NAME_PREFIX = 'coinop/worker/';
/** Relays may still have versions that others have replaced. */
const MAX_VERSIONS = 20;
/** Clocks may differ by so much; what is dated later could never be taken back. */
const FUTURE_SLACK_SECONDS = 900;

/** What a person's own key says of a worker key: that it runs it, or not any more. */
export interface OperatorStatement {
  readonly operatorPubkey: string;
  readonly workerPubkey: string;
  /** `false` where it was taken back: the same address without a `p` tag. */
  readonly stands: boolean;
  /** Unix seconds. */
  readonly createdAt: number;
}

/** Reads a statement. Fails with `wrong-kind`, or with `malformed-tag` for a `d` that names no worker key. */
export function parseOperatorStatement(event: NostrEvent): Outcome<OperatorStatement, EventFailureCode> {
  if (event.kind !== OPERATOR_STATEMENT_KIND) return wrongKind(event, 'statement of an operator (30078)');
  const name = firstTag(event.tags, 'd')?.[1] ?? '';
  const workerPubkey = name.startsWith(NAME_PREFIX) ? name.slice(NAME_PREFIX.length) : '';
  if (!isHex32(workerPubkey)) return malformedTag('d', `"${NAME_PREFIX}" and a public key`);
  return success({
    operatorPubkey: event.pubkey,
    workerPubkey,
    stands: firstTag(event.tags, 'p')?.[1] === workerPubkey,
    createdAt: event.created_at,
  });
}

/** Writes a statement, to be signed by the operator's own key. */
export function buildOperatorStatement(statement: Omit<OperatorStatement, 'operatorPubkey'>): EventTemplate {
  const { workerPubkey, stands, createdAt } = statement;
  const tags = [['d', `${NAME_PREFIX}${workerPubkey}`], ...(stands ? [['p', workerPubkey]] : [])];
  return { kind: OPERATOR_STATEMENT_KIND, created_at: createdAt, tags, content: '' };
}

/** What relays are asked for to verify a link: the operator's statement about the worker key, and what deletes it. */
export function operatorLinkFilters(operatorPubkey: string, workerPubkey: string): Filter[] {
  const by = { authors: [operatorPubkey], limit: MAX_VERSIONS };
  return [
    { ...by, kinds: [OPERATOR_STATEMENT_KIND], '#d': [`${NAME_PREFIX}${workerPubkey}`] },
    { ...by, kinds: [DELETION_KIND], '#a': [addressOf(operatorPubkey, workerPubkey)] },
  ];
}

function addressOf(operatorPubkey: string, workerPubkey: string): string {
  const identifier = `${NAME_PREFIX}${workerPubkey}`;
  return formatAddress({ kind: OPERATOR_STATEMENT_KIND, pubkey: operatorPubkey, identifier });
}

/**
 * Whether both keys say that the one runs the other: the announcement names the operator, and the operator's newest
 * statement names the worker and was not deleted since. `events` are what was found of the operator, with signatures
 * checked; anything else among them is passed over. `now` is unix seconds.
 */
export function verifyOperatorLink(
  { pubkey: workerPubkey, operatorPubkey }: Pick<Announcement, 'pubkey' | 'operatorPubkey'>,
  events: readonly NostrEvent[],
  now: number,
): boolean {
  if (operatorPubkey === null) return false;
  const address = addressOf(operatorPubkey, workerPubkey);
  let newest: { readonly event: NostrEvent; readonly stands: boolean } | null = null;
  let deletedAt = -1;
  for (const event of events) {
    if (event.pubkey !== operatorPubkey) continue;
    if (event.kind === DELETION_KIND && allValues(event.tags, 'a').includes(address))
      deletedAt = Math.max(deletedAt, event.created_at);
    const read = parseOperatorStatement(event);
    if (!read.ok || read.value.workerPubkey !== workerPubkey) continue;
    if (event.created_at > now + FUTURE_SLACK_SECONDS) continue;
    if (newest === null || replaces(event, newest.event)) newest = { event, stands: read.value.stands };
  }
  return newest !== null && newest.stands && newest.event.created_at > deletedAt;
}

/** Of two versions the newer counts, of one second that with the lower id (NIP-01). */
function replaces(event: NostrEvent, before: NostrEvent): boolean {
  return event.created_at === before.created_at ? event.id < before.id : event.created_at > before.created_at;
}
