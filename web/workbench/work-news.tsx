import { useEffect, useRef } from 'react';
import { revealHidden, useKinds, useTopic } from '../app/index.ts';
import type { JobRow, WorkbenchState } from '../engine/index.ts';
import { useWorkText } from './strings.en.ts';

const MAX_WORDS = 120;
/** A tab that comes up behind others finds much at once; one is called for little of it. */
const MOST_AT_ONCE = 3;

/** Something that the person would want to be called for. */
interface News {
  readonly title: 'notify-title' | 'notify-begin' | 'notify-words';
  readonly row: JobRow;
}

/** Calls the person by a notification of the system for what comes up while nobody looks, whatever page is open. */
export function WorkNews() {
  const text = useWorkText();
  const kinds = useKinds();
  const bench = useTopic('workbench', null);
  const known = useRef<ReadonlySet<string> | null>(null);
  useEffect(() => {
    if (bench === undefined || bench.workerPubkey === null) return;
    const news = newsOf(bench);
    const before = known.current;
    known.current = new Set(news.keys());
    if (before === null || document.visibilityState === 'visible') return;
    const fresh = [...news].filter(([key]) => !before.has(key)).slice(0, MOST_AT_ONCE);
    for (const [, { title, row }] of fresh)
      call(text(title), {
        body: `${kinds.of(row.kind).name}: ${revealHidden(row.about).slice(0, MAX_WORDS)}`,
        requestId: row.requestId,
      });
  }, [bench, text, kinds]);
  return null;
}

/** What there is to be called for, each under a key by which it is known again. */
function newsOf({ inbox, offered, active, done }: WorkbenchState): ReadonlyMap<string, News> {
  return new Map<string, News>([
    ...inbox.map((row) => [`asked ${row.requestId}`, { title: 'notify-title', row }] as const),
    ...active.map((row) => [`begin ${row.requestId}`, { title: 'notify-begin', row }] as const),
    ...[...inbox, ...offered, ...active, ...done]
      .filter(({ unread }) => unread > 0)
      .map((row) => [`words ${row.requestId} ${row.unread}`, { title: 'notify-words', row }] as const),
  ]);
}

/** Shows it, in the place of what was shown of the same job; a click leads there. */
function call(
  title: string,
  { body, requestId }: { readonly body: string; readonly requestId: string },
): void {
  const shown = new Notification(title, { body, tag: requestId });
  shown.addEventListener('click', () => {
    window.focus();
    location.hash = `#/workbench/${requestId}`;
    shown.close();
  });
}
