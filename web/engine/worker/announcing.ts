import { unixNow } from '../../../src/clock/index.ts';
import {
  ANNOUNCEMENT_KIND,
  buildAnnouncement,
  changeAnnouncement,
  failure,
  formatAddress,
  isJobRequestKind,
  parseAnnouncement,
  success,
  type EventTemplate,
  type NostrEvent,
  type Outcome,
} from '../../../src/protocol/index.ts';
import type { EngineCalls, ServiceSign } from '../contract.ts';
import type { Desk, OwnersDesk } from './desk.ts';
import { findOwnEvents } from './own-events.ts';

/** NIP-09. */
const DELETION_KIND = 5;
const MAX_IDENTIFIER_CHARS = 200;
const MAX_TEXT_CHARS = 2_000;

const NO_SIGNER = failure('no-signer', 'A service is announced by its own key: sign in with that one first.');

/**
 * Announces what a server does under the key that is signed in, in the place of the announcement that was shown to its
 * owner. Fails with `no-signer`, `invalid-service`, `announcement-unread` when a relay did not show what it has of that
 * id, `announcement-changed` when that is something else than was shown, `signer-denied` or `not-published`.
 */
export async function announceService(
  desk: Desk,
  { sign, beforeId }: EngineCalls['directory.announce']['input'],
): Promise<Outcome<void>> {
  if (!isOwners(desk)) return NO_SIGNER;
  if (!isSound(sign))
    return failure(
      'invalid-service',
      'A service has an id, a name, and one or more kinds from 5000 to 5999.',
    );
  const found = await lookUp(desk, sign.identifier);
  if (!found.ok) return found;
  const { before, createdAt } = found.value;
  if ((before?.id ?? null) !== beforeId) return CHANGED;
  const draft = { ...sign, createdAt };
  return publish(desk, before === null ? buildAnnouncement(draft) : changeAnnouncement(before, draft));
}

const CHANGED = failure(
  'announcement-changed',
  'The relays have another announcement of that id than the one that was shown: look at it, and try again.',
);

/**
 * Takes an announcement down: empties it, for relays that delete nothing, and deletes it (NIP-09). Fails with
 * `no-signer`, `announcement-unread`, `signer-denied` or `not-published`.
 */
export async function withdrawService(desk: Desk, identifier: string): Promise<Outcome<void>> {
  if (!isOwners(desk)) return NO_SIGNER;
  const found = await lookUp(desk, identifier);
  if (!found.ok) return found;
  const { createdAt } = found.value;
  const emptied = await publish(desk, {
    kind: ANNOUNCEMENT_KIND,
    created_at: createdAt,
    tags: [['d', identifier]],
    content: '',
  });
  if (!emptied.ok) return emptied;
  return publish(desk, {
    kind: DELETION_KIND,
    created_at: createdAt,
    tags: [
      ['a', addressOf(desk, identifier)],
      ['k', String(ANNOUNCEMENT_KIND)],
    ],
    content: 'No longer sold.',
  });
}

function isOwners(desk: Desk): desk is OwnersDesk {
  return desk.signer !== null && desk.pubkey !== null;
}

function isSound({ identifier, kinds, name, about, picture = '', seller = '' }: ServiceSign): boolean {
  return (
    identifier.trim() !== '' &&
    identifier.length <= MAX_IDENTIFIER_CHARS &&
    name.trim() !== '' &&
    kinds.length > 0 &&
    kinds.every(isJobRequestKind) &&
    [name, about, picture, seller].every((text) => text.length <= MAX_TEXT_CHARS)
  );
}

function addressOf({ pubkey }: OwnersDesk, identifier: string): string {
  return formatAddress({ kind: ANNOUNCEMENT_KIND, pubkey, identifier });
}

/**
 * What stands under that id, `null` where it is nothing or was taken down, and from when on another version counts
 * (unix seconds): of two of one second relays may keep either.
 */
async function lookUp(
  desk: OwnersDesk,
  identifier: string,
): Promise<Outcome<{ readonly before: NostrEvent | null; readonly createdAt: number }>> {
  const { events, silent } = await findOwnEvents(desk, [
    { kinds: [ANNOUNCEMENT_KIND], '#d': [identifier] },
    { kinds: [DELETION_KIND], '#a': [addressOf(desk, identifier)] },
  ]);
  if (silent.length > 0)
    return failure(
      'announcement-unread',
      'Not every relay has shown what this key announces, which may be newer there: try again later.',
      { relays: silent },
    );
  const [latest] = events;
  const newest = events.find(({ kind }) => kind === ANNOUNCEMENT_KIND) ?? null;
  const deletion = events.find(({ kind }) => kind === DELETION_KIND);
  const isGone = newest === null || isEmptied(newest) || (deletion?.created_at ?? -1) >= newest.created_at;
  return success({
    before: isGone ? null : newest,
    createdAt: Math.max(unixNow(), (latest?.created_at ?? 0) + 1),
  });
}

function isEmptied(event: NostrEvent): boolean {
  return !parseAnnouncement(event).ok && event.content === '' && event.tags.length <= 1;
}

async function publish({ signer, relays, relayUrls, signal }: OwnersDesk, template: EventTemplate) {
  const signed = await signer.sign(template).catch(() => null);
  if (signed === null)
    return failure('signer-denied', 'The key did not sign: agree in your signer, and try again.');
  const receipts = await relays.publish(signed, relayUrls, { signal });
  return receipts.some(({ outcome }) => outcome === 'accepted' || outcome === 'duplicate')
    ? success(undefined)
    : failure('not-published', 'No relay took it: see that a relay answers, and try again.');
}
