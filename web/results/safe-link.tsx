import type { ReactNode } from 'react';
import { revealHidden } from '../app/index.ts';
import { useResultsText } from './strings.en.ts';
import css from './results.module.css';

const MAX_ADDRESS = 2000;

/** The address as it may be opened: https, http or nostr; `null` for every other scheme and for what is no address. */
export function openableAddress(written: string): URL | null {
  if (written.length > MAX_ADDRESS) return null;
  const url = URL.canParse(written) ? new URL(written) : null;
  return url !== null && ['https:', 'http:', 'nostr:'].includes(url.protocol) ? url : null;
}

/** A link of a stranger: opened in another tab that knows nothing of this one, and only if it leads to the web or Nostr. */
export function SafeLink({ href, children }: { readonly href: string; readonly children: ReactNode }) {
  const text = useResultsText();
  const url = openableAddress(href);
  if (url === null)
    return (
      <span
        className={css['unsafe']}
        title={text('unsafe-link', { scheme: revealHidden(href.slice(0, 60)) })}
      >
        {children}
      </span>
    );
  return (
    <a href={url.href} target="_blank" rel="noopener noreferrer nofollow" title={url.href.slice(0, 300)}>
      {children}
    </a>
  );
}
