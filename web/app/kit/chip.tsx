import type { ReactNode } from 'react';
import type { NoticeTone } from './states.tsx';
import css from './chip.module.css';

/** A word or two about a thing, beside its name. */
export function Chip({
  tone = 'plain',
  title,
  children,
}: {
  readonly tone?: NoticeTone;
  readonly title?: string;
  readonly children: ReactNode;
}) {
  return (
    <span className={css['chip']} data-tone={tone} title={title}>
      {children}
    </span>
  );
}
