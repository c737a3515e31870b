import { failure, isHex32, success, type NostrEvent, type Outcome } from '../../../src/protocol/index.ts';
import { unixNow } from '../../../src/clock/index.ts';
import type { ListAction } from '../contract.ts';
import type { Desk } from './desk.ts';
import { findOwnEvents } from './own-events.ts';

/** The list that each action changes: whom a key follows (NIP-02), and whom it mutes (NIP-51). */
const LIST_KINDS: Readonly<Record<ListAction, number>> = {
  follow: 3,
  unfollow: 3,
  mute: 10_000,
  unmute: 10_000,
};
/** Relays refuse longer events. */
const MAX_TAGS = 5_000;
const MAX_CHANGED = 500;

/**
 * Changes the newest version of an own list, and keeps everything else in it. Fails with `no-signer`, `nobody-named`,
 * `list-unread` when a relay did not show its version, which may be newer, `too-many`, or `not-published`.
 */
export async function applyListAction(
  desk: Desk,
  action: ListAction,
  pubkeys: readonly string[],
): Promise<Outcome<void>> {
  const { signer, relays, relayUrls, signal } = desk;
  if (signer === null) return failure('no-signer', 'A list is signed by its owner: sign in first.');
  const named = [...new Set(pubkeys.filter(isHex32))];
  if (named.length === 0 || named.length > MAX_CHANGED)
    return failure('nobody-named', `Name 1 to ${MAX_CHANGED} public keys.`);
  const kind = LIST_KINDS[action];
  const seen = await newestList(desk, kind);
  if (!seen.ok) return seen;
  const list = seen.value;
  const tags = changedTags(list?.tags ?? [], action, named);
  if (tags === null) return success(undefined);
  if (tags.length > MAX_TAGS) return failure('too-many', `A list has at most ${MAX_TAGS} entries.`);
  const event = await signer.sign({
    kind,
    created_at: Math.max(unixNow(), (list?.created_at ?? 0) + 1),
    tags,
    content: list?.content ?? '',
  });
  const receipts = await relays.publish(event, relayUrls, { signal });
  return receipts.some(({ outcome }) => outcome === 'accepted' || outcome === 'duplicate')
    ? success(undefined)
    : failure('not-published', 'No relay took the new list: try again later.');
}

/** The newest version on any relay, once all of them have shown theirs; `null` when there is none. */
async function newestList(desk: Desk, kind: number): Promise<Outcome<NostrEvent | null, 'list-unread'>> {
  const { events, silent } = await findOwnEvents(desk, [{ kinds: [kind] }]);
  return silent.length === 0
    ? success(events[0] ?? null)
    : failure(
        'list-unread',
        'Not every relay has shown the list, which may be newer there: try again later.',
        { relays: silent },
      );
}

/** `null` when the list says so already. */
function changedTags(
  tags: readonly (readonly string[])[],
  action: ListAction,
  pubkeys: readonly string[],
): string[][] | null {
  const copied = tags.map((tag) => [...tag]);
  const isNamed = (tag: readonly string[]) => tag[0] === 'p' && pubkeys.includes(tag[1] ?? '');
  if (action === 'unfollow' || action === 'unmute')
    return copied.some(isNamed) ? copied.filter((tag) => !isNamed(tag)) : null;
  const present = new Set(copied.filter(isNamed).map((tag) => tag[1]));
  const missing = pubkeys.filter((pubkey) => !present.has(pubkey));
  return missing.length === 0 ? null : [...copied, ...missing.map((pubkey) => ['p', pubkey])];
}
