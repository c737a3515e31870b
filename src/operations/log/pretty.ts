import colors from 'picocolors';
import { isRecord, parseJson } from '../../protocol/index.ts';

const SHORT_ID = 12;
/** Fields that are said in the words of the line already, or too long to read. */
const UNSAID = new Set(['level', 'at', 'message', 'job', 'code', 'customer', 'provider']);

const PAINT: Readonly<Record<string, (text: string) => string>> = {
  debug: colors.dim,
  warn: colors.yellow,
  error: colors.red,
};

/** A line of JSON as people read it: time, job, words, code, and the rest as names and values. */
export function prettyLine(json: string): string {
  const line = parseJson(json);
  if (!isRecord(line)) return json;
  const { at, level, message, job, code } = line;
  const paint = PAINT[wordsOf(level)] ?? ((text: string) => text);
  const words = [
    colors.dim(wordsOf(at).slice(11, 19)),
    ...(job === undefined ? [] : [colors.cyan(wordsOf(job).slice(0, SHORT_ID))]),
    paint(wordsOf(message)),
    ...(code === undefined ? [] : [colors.dim(`(${wordsOf(code)})`)]),
    ...Object.entries(line)
      .filter(([name]) => !UNSAID.has(name))
      .map(([name, value]) => colors.dim(`${name}=${wordsOf(value)}`)),
  ];
  return `${words.join(' ')}\n`;
}

/** Control characters of strangers cannot move the cursor or colour the terminal. */
function wordsOf(value: unknown): string {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  return text.replace(/\p{Cc}/gu, '�');
}
