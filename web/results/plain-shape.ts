import { isRecord } from '../../src/protocol/index.ts';

/** Longer Markdown is shown as text. */
const MAX_MARKDOWN = 150_000;

/** So much nesting is nobody's writing, and costs the reader of it more than its length. */
const DEEP_NESTING = /(?:^|\n)[ \t]*(?:(?:>|[-*+]|\d{1,9}[.)])[ \t]*){40}|[[(*_~`!]{120}/;

/** Whether a text can be formatted without keeping the page busy. */
export function isFormattable(markdown: string): boolean {
  return markdown.length <= MAX_MARKDOWN && !DEEP_NESTING.test(markdown);
}

/** Longer JSON is shown as text. */
const MAX_JSON = 5_000_000;

/** What a JSON text says; `undefined` for what is none, or too long to be read in a page. */
export function readJson(text: string): unknown {
  if (text.length > MAX_JSON || !/^\s*[[{"\d\-tfn]/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

/** One entry of a Nostr list: whom or what it names. */
export interface ListEntry {
  readonly type: 'p' | 'e' | 'a';
  readonly id: string;
}

/** The entries of a JSON array of `p`, `e` and `a` tags; `null` when it is something else. */
export function readList(value: unknown): ListEntry[] | null {
  if (!Array.isArray(value) || value.length === 0) return null;
  const entries: ListEntry[] = [];
  for (const tag of value as readonly unknown[]) {
    const entry = readEntry(tag);
    if (entry === null) return null;
    entries.push(entry);
  }
  return entries;
}

function readEntry(tag: unknown): ListEntry | null {
  if (!Array.isArray(tag)) return null;
  const [type, id] = tag as readonly unknown[];
  if (typeof id !== 'string') return null;
  if ((type === 'p' || type === 'e') && /^[0-9a-f]{64}$/.test(id)) return { type, id };
  return type === 'a' && /^\d{1,5}:[0-9a-f]{64}:/.test(id) ? { type, id: id.slice(0, 400) } : null;
}

/** A Nostr event as it may stand in a result: what it says, unverified. */
export interface ShownEvent {
  readonly id: string;
  readonly pubkey: string;
  readonly kind: number;
  readonly createdAt: number;
  readonly content: string;
}

/** The events of a JSON array of events, or the one that it is; `null` when it is something else. */
export function readEvents(value: unknown): ShownEvent[] | null {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (list.length === 0) return null;
  const events: ShownEvent[] = [];
  for (const one of list) {
    const event = readEvent(one);
    if (event === null) return null;
    events.push(event);
  }
  return events;
}

function readEvent(value: unknown): ShownEvent | null {
  if (!isRecord(value)) return null;
  const { id, pubkey, kind, created_at: createdAt, content, sig } = value;
  const isEvent =
    typeof id === 'string' &&
    /^[0-9a-f]{64}$/.test(id) &&
    typeof pubkey === 'string' &&
    /^[0-9a-f]{64}$/.test(pubkey) &&
    typeof kind === 'number' &&
    typeof createdAt === 'number' &&
    typeof content === 'string' &&
    typeof sig === 'string';
  return isEvent ? { id, pubkey, kind, createdAt, content } : null;
}
