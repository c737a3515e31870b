import { announcedContent, type EventTemplate, type NostrEvent } from '../../src/protocol/index.ts';

/** One field or sort of tags that another version of an announcement says otherwise. Untrusted. */
export interface SignChange {
  readonly field: string;
  /** As it is written; `null` where it is not said. */
  readonly before: string | null;
  readonly after: string | null;
}

/** What becomes different when an announcement is replaced, field by field. */
export function changesBetween(
  before: NostrEvent,
  after: Pick<EventTemplate, 'content' | 'tags'>,
): SignChange[] {
  const [said, says] = [saidIn(before), saidIn(after)];
  return [...new Set([...said.keys(), ...says.keys()])]
    .map((field) => ({ field, before: said.get(field) ?? null, after: says.get(field) ?? null }))
    .filter((change) => change.before !== change.after);
}

function saidIn(event: Pick<EventTemplate, 'content' | 'tags'>): Map<string, string> {
  const said = new Map<string, string>();
  for (const [field, value] of Object.entries(announcedContent(event))) said.set(field, written(value));
  const lines = Map.groupBy(event.tags, ([name = '']) => name);
  for (const [name, tags] of lines) {
    const told = tags.map((tag) => tag.slice(1).join(' ').trim()).toSorted(); // their order says nothing
    said.set(`#${name}`, told.join(', '));
  }
  return said;
}

function written(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
