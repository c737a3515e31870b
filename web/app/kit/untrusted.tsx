import { useAppText } from '../strings.en.ts';
import css from './untrusted.module.css';

/** Characters that change how their neighbours are shown, or show nothing: they hide what a text really says. */
const HIDDEN = /[\p{Cc}\p{Cf}\u115F\u1160\u2028\u2029\u3164\uFFA0]/gu;

/** What only moves on to the next word or line. */
const LAYOUT = new Set(['\t', '\n', '\r']);

/** A joiner between emoji or letters is part of ordinary writing. */
const isOrdinaryJoiner = (text: string, at: number) =>
  text[at] === '\u200D' &&
  at > 0 &&
  /\p{Extended_Pictographic}|\uFE0F|\p{L}|\p{M}/u.test(text.slice(at - 2, at));

/** The same text with hidden characters written out as `⟨U+202E⟩`. */
export function revealHidden(text: string): string {
  return text.replace(HIDDEN, (hidden: string, at: number) =>
    LAYOUT.has(hidden) || isOrdinaryJoiner(text, at)
      ? hidden
      : `⟨U+${(hidden.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`,
  );
}

/** Text of strangers on one line: at most `max` characters, with a direction of its own and nothing hidden in it. */
export function Untrusted({ children, max = 120 }: { readonly children: string; readonly max?: number }) {
  const text = useAppText();
  const line = revealHidden(
    children
      .slice(0, max * 2)
      .replace(/\s+/g, ' ')
      .trim(),
  );
  const cut = line.length > max || children.length > max * 2;
  return (
    <bdi className={css['line']} title={cut ? text('cut') : undefined}>
      {cut ? `${line.slice(0, max)}…` : line}
    </bdi>
  );
}
