import { isHex32, type NostrEvent } from '../../protocol/index.ts';

/** What a group of events is counted into: further groups, or a number. */
export type Counts = { readonly [value: string]: Counts } | number;

const MAX_GROUPS = 5000;
const MAX_VALUE_CHARS = 300;

/** Counts events by values of theirs, several nested. */
export class GroupCounts {
  readonly #names: readonly string[];
  readonly #root = new Map<string, Group>();
  #groups = 0;

  constructor(names: readonly string[]) {
    this.#names = names;
  }

  /** Whether there are more groups than a result can hold; what came after is not counted. */
  get isTooMuch(): boolean {
    return this.#groups > MAX_GROUPS;
  }

  add(event: NostrEvent): void {
    let groups = this.#root;
    for (const [depth, name] of this.#names.entries()) {
      const value = valueOf(event, name).slice(0, MAX_VALUE_CHARS);
      const known = groups.get(value);
      const group = known ?? { count: 0, inner: new Map<string, Group>() };
      if (known === undefined) {
        this.#groups += 1;
        if (this.isTooMuch) return;
        groups.set(value, group);
      }
      if (depth === this.#names.length - 1) group.count += 1;
      groups = group.inner;
    }
  }

  /** The counts so far, as kind 5400 has them. */
  counts(): Counts {
    return asCounts(this.#root);
  }
}

interface Group {
  count: number;
  readonly inner: Map<string, Group>;
}

function asCounts(groups: ReadonlyMap<string, Group>): Counts {
  const counted = [...groups].map(
    ([value, { count, inner }]) => [value, inner.size === 0 ? count : asCounts(inner)] as const,
  );
  return Object.fromEntries(counted);
}

/** `content`, `pubkey`, `reply` and `root` are fields of their own, every other name is a tag's; empty where there is none. */
function valueOf(event: NostrEvent, name: string): string {
  if (name === 'content') return event.content;
  if (name === 'pubkey') return event.pubkey;
  if (name === 'reply' || name === 'root') return threadOf(event, name);
  return event.tags.find((tag) => tag[0] === name)?.[1] ?? '';
}

/** Marked `e` tags, or by their place where nothing is marked (NIP-10). */
function threadOf({ tags }: NostrEvent, marker: 'reply' | 'root'): string {
  const events = tags.filter(([name, id]) => name === 'e' && isHex32(id));
  const marked = events.find((tag) => tag[3] === marker)?.[1];
  if (marked !== undefined) return marked;
  if (events.some((tag) => ['reply', 'root', 'mention'].includes(tag[3] ?? ''))) return '';
  return (marker === 'root' ? events[0] : events.at(-1))?.[1] ?? '';
}
