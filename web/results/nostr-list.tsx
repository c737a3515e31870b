import { Ago, PubkeyName, VirtualList } from '../app/index.ts';
import { LongText } from './long-text.tsx';
import type { ListEntry, ShownEvent } from './plain-shape.ts';
import { useResultsText } from './strings.en.ts';
import css from './results.module.css';

/** The same may be named twice, and nothing of a result changes: what tells one from another is its place. */
const placeOf = (_: unknown, index: number) => index;

/** People, notes or articles that a result names, any number of them. */
export function NostrList({ entries }: { readonly entries: readonly ListEntry[] }) {
  const text = useResultsText();
  const title = text('list-title', { count: entries.length });
  return (
    <div>
      <p className={css['dim']}>{title}</p>
      <VirtualList items={entries} label={title} estimatedHeight={38} keyOf={placeOf} Row={Entry} />
    </div>
  );
}

function Entry({ item: { type, id } }: { readonly item: ListEntry }) {
  const text = useResultsText();
  return (
    <div className={css['entry']}>
      <span className={css['dim']}>{text(`list-${type}`)}</span>
      {type === 'p' ? <PubkeyName pubkey={id} /> : <code className={css['id']}>{id}</code>}
    </div>
  );
}

/** Events that a result consists of, as their authors are said to have written them. */
export function NostrEvents({ events }: { readonly events: readonly ShownEvent[] }) {
  const text = useResultsText();
  return (
    <VirtualList items={events} label={text('result')} estimatedHeight={78} keyOf={placeOf} Row={Note} />
  );
}

function Note({ item: { pubkey, kind, createdAt, content } }: { readonly item: ShownEvent }) {
  const text = useResultsText();
  return (
    <article className={css['event']}>
      <p className={css['row']}>
        <PubkeyName pubkey={pubkey} /> <Ago at={createdAt} />{' '}
        <span className={css['dim']}>{text('event-kind', { kind: String(kind) })}</span>
      </p>
      <LongText>{content}</LongText>
    </article>
  );
}
