import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useLayoutEffect, useRef, useState, type ReactNode } from 'react';
import css from './virtual-list.module.css';

/**
 * A list of any length of which only the rows near the view are in the page. It scrolls with the page. Each row says
 * its place among all of them, since the others are not there to be counted.
 */
export function VirtualList<Item>({
  items,
  keyOf,
  estimatedHeight,
  label,
  render,
}: {
  readonly items: readonly Item[];
  readonly keyOf: (item: Item, index: number) => string;
  /** Of one row, in pixels, before it was measured. */
  readonly estimatedHeight: number;
  readonly label: string;
  readonly render: (item: Item, index: number) => ReactNode;
}) {
  const list = useRef<HTMLUListElement>(null);
  const [scrollMargin, setScrollMargin] = useState(0);
  useLayoutEffect(() => setScrollMargin(list.current?.offsetTop ?? 0), []);
  const virtualizer = useWindowVirtualizer({
    count: items.length,
    estimateSize: () => estimatedHeight,
    overscan: 4,
    scrollMargin,
    getItemKey: (index) => {
      const item = items[index];
      return item === undefined ? index : keyOf(item, index);
    },
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
            style={{ transform: `translateY(${start - scrollMargin}px)` }}
            aria-posinset={index + 1}
            aria-setsize={items.length}
          >
            {render(item, index)}
          </li>
        );
      })}
    </ul>
  );
}
