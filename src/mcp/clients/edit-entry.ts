import { isDeepStrictEqual } from 'node:util';
import { applyEdits, modify, parse, type ParseError } from 'jsonc-parser';
import { failure, success, type Outcome } from '../../protocol/index.ts';
import type { ClientFile } from './client-files.ts';

/** The name under which clients list the server. */
export const ENTRY_NAME = 'coinop';

/** How a client starts the server; nothing secret is in it. */
export interface ServerEntry {
  readonly command: string;
  readonly args: readonly string[];
}

/**
 * The text of a client's configuration with our entry, or without it where `entry` is `null`. All else stays as it
 * is, comments included. Fails with `config-unreadable` where the text is no JSON object with comments.
 */
export function editEntry(
  text: string,
  { list, typed }: Pick<ClientFile, 'list' | 'typed'>,
  entry: ServerEntry | null,
): Outcome<string, 'config-unreadable'> {
  const current = text.trim() === '' ? '{}\n' : text;
  const servers = readList(current, list);
  if (!servers.ok) return servers;
  if (entry === null && !Object.hasOwn(servers.value, ENTRY_NAME)) return success(text);
  const wanted = entry === null ? undefined : { ...(typed ? { type: 'stdio' } : {}), ...entry };
  if (isDeepStrictEqual(servers.value[ENTRY_NAME], wanted)) return success(text);
  return success(
    applyEdits(
      current,
      modify(current, [list, ENTRY_NAME], wanted, { formattingOptions: formattingOf(current) }),
    ),
  );
}

function readList(
  text: string,
  list: ClientFile['list'],
): Outcome<Readonly<Record<string, unknown>>, 'config-unreadable'> {
  const errors: ParseError[] = [];
  const root: unknown = parse(text, errors, { allowTrailingComma: true });
  if (errors.length > 0 || !isObject(root))
    return failure('config-unreadable', 'It is not a JSON object; repair it first.');
  const servers = root[list] ?? {};
  return isObject(servers)
    ? success(servers)
    : failure('config-unreadable', `Its "${list}" is not an object; repair it first.`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Writes as the rest of the file is written. */
function formattingOf(text: string): { insertSpaces: boolean; tabSize: number; eol: string } {
  const indent = /\n([ \t]+)\S/.exec(text)?.[1] ?? '  ';
  return {
    insertSpaces: !indent.startsWith('\t'),
    tabSize: indent.startsWith('\t') ? 1 : indent.length,
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  };
}
