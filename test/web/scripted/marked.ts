/**
 * The same state with all that people wrote in it in letters that the app itself never uses, so that on a page data is
 * told from what the app says. Codes, keys, addresses and media types stay; so does a failure's message, which is the
 * engine's and not anybody's.
 */
export function marked<State>(state: State): State {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only letters change
  return inMarks(state) as State;
}

/** One text in those letters. */
export function markedText(text: string): string {
  return text.replace(/[a-z]+:\/\/[^\s)]*|[A-Za-z]/g, (found) => (found.length > 1 ? found : wide(found)));
}

function inMarks(value: unknown): unknown {
  if (typeof value === 'string')
    return isProse(value) ? markedText(value) : isJson(value) ? markedJson(value) : value;
  if (Array.isArray(value)) return value.map(inMarks);
  if (value instanceof Map) return new Map([...value].map(([key, entry]) => [key, inMarks(entry)]));
  if (!isPlain(value)) return value;
  const isFailure = 'code' in value && 'message' in value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [
      key,
      isFailure && key === 'message' ? entry : inMarks(entry),
    ]),
  );
}

/** What a result in JSON calls its fields is as foreign as what is in them; those of events are known. */
function markedJson(json: string): string {
  return JSON.stringify(JSON.parse(json), (_, value: unknown) => {
    if (typeof value === 'string') return isProse(value) ? markedText(value) : value;
    if (!isPlain(value) || 'pubkey' in value) return value;
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [markedText(key), entry]));
  });
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function isJson(text: string): boolean {
  return /^[[{]/.test(text);
}

function isProse(text: string): boolean {
  return !isJson(text) && (/\s/.test(text) || /^\W*[A-Z][a-z]+\W*$/.test(text));
}

/** The full-width form of an ASCII letter. */
function wide(letter: string): string {
  return String.fromCodePoint(letter.charCodeAt(0) + 0xfee0);
}
