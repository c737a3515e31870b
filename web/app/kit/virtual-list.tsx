import { measureElement, useWindowVirtualizer, type Virtualizer } from '@tanstack/react-virtual';
import { memo, useCallback, useLayoutEffect, useRef, useState, type FunctionComponent } from 'react';
import css from './virtual-list.module.css';

type Entry = ResizeObserverEntry | undefined;

/**
 * A list of any length of which only the rows near the view are in the page. It scrolls with the page. Each row says
 * its place among all of them, since the others are not there to be counted.
 */
export function VirtualList<Item>({
  items,
  keyOf,
  Row,
  estimatedHeight,
  label,
}: {
  readonly items: readonly Item[];
  /** Who an item is, whatever is said of it later. */
  readonly keyOf: (item: Item, index: number) => string | number;
  /** Draws one item, and is drawn again when that becomes another. */
  readonly Row: FunctionComponent<{ readonly item: Item }>;
  /** Of one row, in pixels, before the first one was measured: the others are taken to be like that. */
  readonly estimatedHeight: number;
  readonly label: string;
}) {
  const list = useRef<HTMLUListElement>(null);
  const [scrollMargin, setScrollMargin] = useState<number | null>(null);
  useLayoutEffect(() => setScrollMargin(list.current?.offsetTop ?? 0), []);
  // Both are those of the first time: with other ones all rows would be counted and drawn anew in each frame.
  const [keyOnce] = useState(() => keyOf);
  const [RowOnce] = useState(() => memo(Row));
  const getItemKey = useCallback(
    (index: number) => {
      const item = items[index];
      return item === undefined ? index : keyOnce(item, index);
    },
    [items, keyOnce],
  );
  // A row that is as high as it was taken to be moves none of those after it, which all would be counted anew.
  const height = useRef(estimatedHeight);
  const [measure] = useState(() => (row: Element, entry: Entry, all: Virtualizer<Window, Element>) => {
    const measured = measureElement(row, entry, all);
    if (all.indexFromElement(row) === 0) height.current = measured;
    return measured;
  });
  const virtualizer = useWindowVirtualizer({
    count: scrollMargin === null ? 0 : items.length, // before it is known where they begin
    estimateSize: () => height.current,
    measureElement: measure,
    overscan: 4,
    scrollMargin: scrollMargin ?? 0,
    getItemKey,
  });
  return (
    <ul ref={list} className={css['list']} aria-label={label} style={{ height: virtualizer.getTotalSize() }}>
      {virtualizer.getVirtualItems().map(({ index, key, start }) => {
        const item = items[index];
        return item === undefined ? null : (
          <li
            key={key}
            ref={virtualizer.measureElement}
            data-index={index}
            className={css['row']}
            style={{ transform: `translateY(${start - (scrollMargin ?? 0)}px)` }}
            aria-posinset={index + 1}
            aria-setsize={items.length}
          >
            <RowOnce item={item} />
          </li>
        );
      })}
    </ul>
  );
}
