import { useEffect, useRef, type ReactNode } from 'react';
import css from './page.module.css';

let pagesShown = 0;

/** One page: its heading takes the focus when it comes after another one, so that ears and keys follow the eyes. */
export function Page({
  title,
  heading,
  lead,
  beside,
  children,
}: {
  /** For the window and, unless `heading` says more, on the page. */
  readonly title: string;
  readonly heading?: ReactNode;
  /** What this is, in a sentence. */
  readonly lead?: ReactNode;
  /** What stands on the same line as the heading. */
  readonly beside?: ReactNode;
  readonly children: ReactNode;
}) {
  const top = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (pagesShown > 0) top.current?.focus({ preventScroll: true });
    pagesShown += 1;
  }, []);
  useEffect(() => {
    document.title = `${title.slice(0, 80)} · coinop`;
  }, [title]);
  return (
    <div className={css['page']}>
      <header className={css['head']}>
        <div className={css['headLine']}>
          <h1 ref={top} tabIndex={-1}>
            {heading ?? title}
          </h1>
          {beside}
        </div>
        {lead !== undefined && <p className={css['lead']}>{lead}</p>}
      </header>
      {children}
    </div>
  );
}

/** A part of a page on a ground of its own. */
export function Panel({
  title,
  beside,
  children,
}: {
  readonly title?: string;
  readonly beside?: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <section className={css['panel']} aria-label={title}>
      {title !== undefined && (
        <div className={css['panelHead']}>
          <h2>{title}</h2>
          {beside}
        </div>
      )}
      {children}
    </section>
  );
}
