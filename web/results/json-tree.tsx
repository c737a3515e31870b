import { useMemo, useState } from 'react';
import { revealHidden, WordButton } from '../app/index.ts';
import { useResultsText } from './strings.en.ts';
import css from './results.module.css';

/** Entries of one level that are in the page at first, and that each click adds. */
const PAGE = 100;
const MAX_STRING = 1000;
const MAX_KEY = 120;

/** JSON as a tree: a level is made when it is opened, in pages, so that neither depth nor length weighs on the page. */
export function JsonTree({ value }: { readonly value: unknown }) {
  return (
    <div className={css['json']}>
      <JsonValue value={value} open />
    </div>
  );
}

function JsonValue({ value, open = false }: { readonly value: unknown; readonly open?: boolean }) {
  if (typeof value === 'string') return <span className={css['jsonString']}>{quoted(value)}</span>;
  if (typeof value !== 'object' || value === null)
    return <span className={css['jsonAtom']}>{String(value)}</span>;
  return <JsonLevel value={value} open={open} />;
}

function JsonLevel({ value, open }: { readonly value: object; readonly open: boolean }) {
  const text = useResultsText();
  const [isOpen, setOpen] = useState(open);
  const [shown, setShown] = useState(PAGE);
  const isList = Array.isArray(value);
  const keys = useMemo(() => (Array.isArray(value) ? null : Object.keys(value)), [value]);
  const count = Array.isArray(value) ? value.length : (keys?.length ?? 0);
  return (
    <details
      className={css['level']}
      open={isOpen}
      onToggle={(event) => {
        event.stopPropagation();
        setOpen(event.currentTarget.open);
      }}
    >
      <summary>
        {isList ? '[ ]' : '{ }'} {text('json-items', { count })}
      </summary>
      {isOpen && (
        <ul>
          {Array.from({ length: Math.min(shown, count) }, (_, index) => {
            const key = keys?.[index] ?? String(index);
            const entry: unknown = Reflect.get(value, key);
            return (
              <li key={index}>
                <span className={css['jsonKey']}>{revealHidden(key.slice(0, MAX_KEY))}</span>{' '}
                <JsonValue value={entry} />
              </li>
            );
          })}
        </ul>
      )}
      {isOpen && shown < count && (
        <WordButton onClick={() => setShown(shown + PAGE)}>
          {text('json-more', { count: Math.min(PAGE, count - shown) })}
        </WordButton>
      )}
    </details>
  );
}

function quoted(text: string): string {
  const cut = text.length > MAX_STRING ? `${text.slice(0, MAX_STRING)}…` : text;
  return `"${revealHidden(cut)}"`;
}
