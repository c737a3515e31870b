import { parseEvent, type Failure, type NostrEvent } from '../../protocol/index.ts';

/** An event as it is stored: JSON of exactly its seven fields, whatever else the object carries. */
export function storedEvent(event: NostrEvent): string {
  const { id, pubkey, created_at, kind, tags, content, sig } = event;
  return JSON.stringify({ id, pubkey, created_at, kind, tags, content, sig });
}

/** Reads a stored event. Throws when the row is damaged. */
export function readEvent(text: string): NostrEvent {
  const parsed = parseEvent(JSON.parse(text));
  if (!parsed.ok) throw new Error(`The ledger holds a damaged event: ${parsed.failure.message}`);
  return parsed.value;
}

/** Reads a stored list of texts. Throws when the row is damaged. */
export function readTexts(text: string): string[] {
  const list: unknown = JSON.parse(text);
  if (Array.isArray(list) && list.every((item): item is string => typeof item === 'string')) return list;
  throw new Error('The ledger holds a damaged list.');
}

/** Reads a stored failure. Throws when the row is damaged. */
export function readFailure(text: string): Failure {
  const stored: unknown = JSON.parse(text);
  if (isFailure(stored)) return stored;
  throw new Error('The ledger holds a damaged failure.');
}

function isFailure(value: unknown): value is Failure {
  return (
    typeof value === 'object' &&
    value !== null &&
    'code' in value &&
    typeof value.code === 'string' &&
    'message' in value &&
    typeof value.message === 'string' &&
    (!('data' in value) || (typeof value.data === 'object' && value.data !== null))
  );
}
