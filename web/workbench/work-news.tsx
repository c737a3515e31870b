import { useEffect, useRef } from 'react';
import { revealHidden, useKinds, useNow, useTopic } from '../app/index.ts';
import { freshNews, newsOf } from './news-of-work.ts';
import { useWorkText } from './strings.en.ts';

const MAX_WORDS = 120;
/** A tab that comes up behind others finds much at once; one is called for little of it. */
const MOST_AT_ONCE = 3;

/** Calls the person by a notification of the system for what comes up while nobody looks, whatever page is open. */
export function WorkNews() {
  const text = useWorkText();
  const kinds = useKinds();
  const bench = useTopic('workbench', null);
  const now = Math.floor(useNow(60_000) / 1000);
  const known = useRef<ReadonlySet<string> | null>(null);
  useEffect(() => {
    if (bench === undefined || bench.workerPubkey === null) return;
    const news = newsOf(bench, now);
    const before = known.current;
    known.current = new Set(news.keys());
    if (before === null || document.visibilityState === 'visible') return;
    for (const { title, row } of freshNews(before, news).slice(0, MOST_AT_ONCE))
      call(text(title), {
        body: `${kinds.of(row.kind).name}: ${revealHidden(row.about).slice(0, MAX_WORDS)}`,
        requestId: row.requestId,
      });
  }, [bench, now, text, kinds]);
  return null;
}

/** Shows it, in the place of what was shown of the same job; a click leads there. */
function call(
  title: string,
  { body, requestId }: { readonly body: string; readonly requestId: string },
): void {
  const shown = notificationOf(title, { body, tag: requestId });
  shown?.addEventListener('click', () => {
    window.focus();
    location.hash = `#/workbench/${requestId}`;
    shown.close();
  });
}

/** `null` where pages may show none, as in Chrome for Android, which throws. */
function notificationOf(title: string, options: NotificationOptions): Notification | null {
  try {
    return new Notification(title, options);
  } catch {
    return null;
  }
}
