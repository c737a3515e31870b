import {
  isHex32,
  isRecord,
  parseAddress,
  parseJson,
  parseTagList,
  type JobRequest,
} from '../../protocol/index.ts';
import type { ResultCheck } from './verdict.ts';

/** Kinds whose result is a JSON list of tags, and which tags those may be. */
const LISTS: Readonly<Record<number, readonly string[]>> = {
  5300: ['e', 'a'],
  5301: ['p', 'e', 'a'], // the page says events, its example and everybody else people
  5302: ['e', 'a'],
  5303: ['p'],
  5304: ['e', 'a', 'p'],
  5401: ['p'],
};

/** Whether the content has the shape that results of its kind have; nothing where the kind has none. */
export function checkShape(request: JobRequest, content: string): ResultCheck[] {
  const names = LISTS[request.kind];
  if (names !== undefined) return wantsWords(request) ? [] : [checkList(names, content)];
  switch (request.kind) {
    case 5400:
      return [checkCount(request, content)];
    case 5901:
      return isWalletLeft(request)
        ? []
        : [shape(isHex32(content.trim()), 'The result should be the id of a transaction.')];
    default:
      return [];
  }
}

function shape(ok: ResultCheck['ok'], detail: string): ResultCheck {
  return { name: 'shape', ok, detail };
}

/** Lists are written for readers as well, where text is asked for. */
function wantsWords({ outputs }: JobRequest): boolean {
  return outputs.length > 0 && !outputs.some((mime) => mime.includes('json'));
}

/** Kind 5901 has another meaning, whose result is not known. */
function isWalletLeft({ inputs }: JobRequest): boolean {
  return inputs[0]?.data.startsWith('nostr') === true;
}

function checkList(names: readonly string[], content: string): ResultCheck {
  const tags = parseTagList(content);
  if (tags === null) return shape(null, 'The result is no list of tags; it may be meant for readers.');
  if (tags.length === 0) return shape(null, 'The list is empty.');
  const fitting = tags.filter(([name = '', value = '']) => names.includes(name) && isValueOf(name, value));
  const detail = `${fitting.length} of ${tags.length} entries are ${names.join(' or ')} tags.`;
  return shape(fitting.length === tags.length ? true : fitting.length === 0 ? false : null, detail);
}

function isValueOf(name: string, value: string): boolean {
  return name === 'a' ? parseAddress(value) !== null : isHex32(value);
}

/** The number that a count says; `null` when it is counted by group, or no number. */
export function readCount(content: string): number | null {
  const text = content.trim().replaceAll(/^"|"$/g, '');
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}

function checkCount(request: JobRequest, content: string): ResultCheck {
  if (request.params.has('group'))
    return shape(isCounts(parseJson(content), MAX_DEPTH), 'The result should be JSON of counts by group.');
  return shape(readCount(content) !== null, 'The result should be a whole number.');
}

const MAX_DEPTH = 8;

function isCounts(value: unknown, depth: number): boolean {
  if (Number.isSafeInteger(value)) return Number(value) >= 0;
  return depth > 0 && isRecord(value) && Object.values(value).every((inner) => isCounts(inner, depth - 1));
}
