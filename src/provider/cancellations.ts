import { tagValues, type NostrEvent } from '../protocol/index.ts';

/** Withdrawals of requests that are not booked yet: a kind 5 may come before its request, or while that is judged. */
export interface Cancellations {
  /** Notes a kind 5 (NIP-09), and says which requests it names. */
  note(event: NostrEvent): readonly string[];
  /** A request begins its way in: no withdrawal of it is forgotten until it is released. `null` when it is on its way. */
  hold(request: NostrEvent): HeldRequest | null;
}

/** A request that is being judged and booked. */
export interface HeldRequest {
  /** Whether its author, and nobody else, has withdrawn it by now. */
  isCancelled(): boolean;
  release(): void;
}

/** Requests that one kind 5 may withdraw. */
const MAX_AT_ONCE = 20;
/** Withdrawals remembered that came before their requests: of one author, and of all together. */
const MAX_EARLY_PER_AUTHOR = 100;
const MAX_EARLY = 10_000;

/** Makes the memory of one provider. Of what came early, that of who was heard first is forgotten when there is too much. */
export function createCancellations(): Cancellations {
  const early = new Map<string, Set<string>>();
  const held = new Map<string, { readonly author: string; isCancelled: boolean }>();
  let remembered = 0;

  const forgetFirstOf = (author: string | undefined) => {
    const own = early.get(author ?? '');
    const [first] = own ?? [];
    if (author === undefined || own === undefined || first === undefined) return;
    own.delete(first);
    remembered -= 1;
    if (own.size === 0) early.delete(author);
  };

  const remember = (requestId: string, author: string) => {
    const own = early.get(author) ?? new Set();
    if (own.has(requestId)) return;
    early.set(author, own.add(requestId));
    remembered += 1;
    const [firstHeard] = early.keys();
    if (own.size > MAX_EARLY_PER_AUTHOR) forgetFirstOf(author);
    else if (remembered > MAX_EARLY) forgetFirstOf(firstHeard);
  };

  return {
    note(event) {
      const requestIds = tagValues(event, 'e').slice(0, MAX_AT_ONCE);
      for (const requestId of requestIds) {
        const entry = held.get(requestId);
        if (entry === undefined) remember(requestId, event.pubkey);
        else entry.isCancelled ||= entry.author === event.pubkey;
      }
      return requestIds;
    },
    hold({ id, pubkey }) {
      if (held.has(id)) return null;
      const entry = { author: pubkey, isCancelled: early.get(pubkey)?.has(id) === true };
      held.set(id, entry);
      return { isCancelled: () => entry.isCancelled, release: () => held.delete(id) };
    },
  };
}
