import { neventEncode, npubEncode } from 'nostr-tools/nip19';
import { JobFailure, type JobOutput } from '../../provider/index.ts';
import type { ListedNote } from './feed.ts';

/** Writes notes as `e` tags, the shape that clients read, or one address per line where text is asked for. */
export function listNotes(notes: readonly ListedNote[], outputs: readonly string[]): JobOutput {
  if (wantsText(outputs))
    return text(
      notes.map(({ id, relay }) => `nostr:${neventEncode({ id, relays: relay === '' ? [] : [relay] })}`),
    );
  return json(notes.map(({ id, relay }) => (relay === '' ? ['e', id] : ['e', id, relay])));
}

/** Writes people as `p` tags, or one address per line where text is asked for. */
export function listPeople(pubkeys: readonly string[], outputs: readonly string[]): JobOutput {
  if (wantsText(outputs)) return text(pubkeys.map((pubkey) => `nostr:${npubEncode(pubkey)}`));
  return json(pubkeys.map((pubkey) => ['p', pubkey]));
}

function wantsText(outputs: readonly string[]): boolean {
  const wanted = outputs.map((mime) => mime.split(';', 1)[0]?.trim().toLowerCase() ?? '');
  if (wanted.length === 0 || wanted.some((mime) => mime.includes('json'))) return false;
  if (wanted.some((mime) => mime.includes('text'))) return true;
  throw new JobFailure('unsupported-output', 'A list is application/json or text/plain.');
}

function json(tags: readonly (readonly string[])[]): JobOutput {
  return { content: JSON.stringify(tags), mediaType: 'application/json' };
}

function text(lines: readonly string[]): JobOutput {
  return { content: lines.join('\n'), mediaType: 'text/plain' };
}
