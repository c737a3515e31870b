import { useState } from 'react';
import { revealHidden, WordButton } from '../app/index.ts';
import { useResultsText } from './strings.en.ts';
import css from './results.module.css';

/** Characters in the page to begin with, and in each further part. */
const FIRST_PART = 8000;
const PART = 40_000;

/** Text of any length, as it is: nothing in it is markup, hidden characters are shown, and the rest comes in parts. */
export function LongText({ children }: { readonly children: string }) {
  const text = useResultsText();
  const [shown, setShown] = useState(FIRST_PART);
  if (children.trim() === '') return <p className={css['dim']}>{text('empty-result')}</p>;
  const rest = Math.max(0, children.length - shown);
  return (
    <div className={css['text']} dir="auto">
      {partsOf(children, Math.min(shown, children.length)).map((part, index) => (
        <pre key={index} className={css['part']}>
          {revealHidden(part)}
        </pre>
      ))}
      {rest > 0 && (
        <p className={css['more']}>
          <span>{text('characters-shown', { shown, all: children.length })}</span>
          <WordButton onClick={() => setShown(shown + PART)}>
            {text('show-more', { count: Math.min(rest, PART) })}
          </WordButton>
        </p>
      )}
    </div>
  );
}

/** The first characters of a text in parts that a browser lays out one by one. */
function partsOf(text: string, shown: number): string[] {
  const parts = [text.slice(0, Math.min(FIRST_PART, shown))];
  for (let at = FIRST_PART; at < shown; at += PART) parts.push(text.slice(at, Math.min(at + PART, shown)));
  return parts;
}
