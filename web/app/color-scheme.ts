import { useSyncExternalStore } from 'react';

/** Which colours are wished for; `auto` follows the system. */
export type SchemeWish = 'auto' | 'light' | 'dark';

const KEPT_AS = 'coinop-colours';

const listeners = new Set<() => void>();
const systemDark = matchMedia('(prefers-color-scheme: dark)');
let wish: SchemeWish = readWish();

/** Puts the colours on the page, before anything is drawn and whenever they change. */
export function applyScheme(): void {
  document.documentElement.dataset['mantineColorScheme'] = scheme();
  for (const listener of listeners) listener();
}

systemDark.addEventListener('change', applyScheme);

/** The wish, what it comes to now, and how to change it; the browser keeps it. */
export function useScheme(): {
  readonly wish: SchemeWish;
  readonly scheme: 'light' | 'dark';
  readonly setWish: (wish: SchemeWish) => void;
} {
  const now = useSyncExternalStore(subscribe, () => wish);
  const shown = useSyncExternalStore(subscribe, scheme);
  return { wish: now, scheme: shown, setWish };
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function scheme(): 'light' | 'dark' {
  if (wish === 'auto') return systemDark.matches ? 'dark' : 'light';
  return wish;
}

function setWish(wished: SchemeWish): void {
  wish = wished;
  try {
    localStorage.setItem(KEPT_AS, wished);
  } catch {
    // A browser that keeps nothing forgets it with the tab.
  }
  applyScheme();
}

function readWish(): SchemeWish {
  try {
    const kept = localStorage.getItem(KEPT_AS);
    return kept === 'light' || kept === 'dark' ? kept : 'auto';
  } catch {
    return 'auto';
  }
}
