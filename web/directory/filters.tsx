import '@mantine/core/styles/InlineInput.css';
import '@mantine/core/styles/Checkbox.css';
import { Checkbox, NativeSelect, TextInput } from '@mantine/core';
import { useKinds } from '../app/index.ts';
import { satsToMsat } from '../../src/protocol/index.ts';
import type { ListingSort, Liveness, ServiceQuery } from '../../src/directory/index.ts';
import { useDirectoryText } from './strings.en.ts';
import css from './directory.module.css';

/** What the directory is searched by, as it is written in the filters. */
export interface Filters {
  readonly text: string;
  readonly kind: string;
  readonly life: string;
  readonly price: string;
  readonly sort: ListingSort;
  readonly favouritesOnly: boolean;
}

/** Everything, the best record first. */
export const NO_FILTERS: Filters = {
  text: '',
  kind: '',
  life: '',
  price: '',
  sort: 'reliability',
  favouritesOnly: false,
};

const LIVES = [
  'heartbeat',
  'replies',
  'delivers',
  'paid-and-delivered',
] as const satisfies readonly Liveness[];
const SORTS = [
  'reliability',
  'price',
  'speed',
  'liveness',
  'newest',
] as const satisfies readonly ListingSort[];
const PRICES = [0, 5, 20, 100, 1000] as const;

/** The query that filters come to. */
export function queryOf(filters: Filters): ServiceQuery {
  const life = LIVES.find((one) => one === filters.life);
  return {
    limit: 200,
    sort: filters.sort,
    ...(filters.text.trim() === '' ? {} : { text: filters.text.trim() }),
    ...(filters.kind === '' ? {} : { kinds: [Number(filters.kind)] }),
    ...(life === undefined ? {} : { minLiveness: life }),
    ...(filters.price === '' ? {} : { maxPriceMsat: satsToMsat(Number(filters.price)) }),
    ...(filters.favouritesOnly ? { favouritesOnly: true } : {}),
  };
}

/** The filters above the list. */
export function FilterBar({
  filters,
  onFilters,
}: {
  readonly filters: Filters;
  readonly onFilters: (filters: Filters) => void;
}) {
  const text = useDirectoryText();
  const kinds = useKinds();
  return (
    <search className={css['filters']}>
      <TextInput
        className={css['wide']}
        label={text('search-label')}
        placeholder={text('search-placeholder')}
        value={filters.text}
        maxLength={200}
        onChange={(event) => onFilters({ ...filters, text: event.currentTarget.value })}
      />
      <NativeSelect
        label={text('kind')}
        value={filters.kind}
        data={[
          { value: '', label: text('kind-any') },
          ...kinds.all().map(({ kind, name }) => ({ value: String(kind), label: `${name} (${kind})` })),
        ]}
        onChange={(event) => onFilters({ ...filters, kind: event.currentTarget.value })}
      />
      <NativeSelect
        label={text('life-least')}
        value={filters.life}
        data={[
          { value: '', label: text('life-any') },
          ...LIVES.map((life) => ({ value: life, label: text(`life-${life}`) })),
        ]}
        onChange={(event) => onFilters({ ...filters, life: event.currentTarget.value })}
      />
      <NativeSelect
        label={text('most-price')}
        value={filters.price}
        data={[
          { value: '', label: text('price-any') },
          ...PRICES.map((sats) => ({ value: String(sats), label: text('price-sat', { sats }) })),
        ]}
        onChange={(event) => onFilters({ ...filters, price: event.currentTarget.value })}
      />
      <NativeSelect
        label={text('sort')}
        value={filters.sort}
        data={SORTS.map((sort) => ({ value: sort, label: text(`sort-${sort}`) }))}
        onChange={(event) => {
          const sort = SORTS.find((one) => one === event.currentTarget.value);
          if (sort !== undefined) onFilters({ ...filters, sort });
        }}
      />
      <Checkbox
        className={css['only']}
        label={text('favourites-only')}
        checked={filters.favouritesOnly}
        onChange={(event) => onFilters({ ...filters, favouritesOnly: event.currentTarget.checked })}
      />
    </search>
  );
}
