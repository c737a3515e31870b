import { Button } from '@mantine/core';
import { useDeferredValue, useState } from 'react';
import { Empty, Page, PubkeyName, useTopic, VirtualList, Wait } from '../app/index.ts';
import type { Listing } from '../../src/directory/index.ts';
import { FilterBar, NO_FILTERS, queryOf } from './filters.tsx';
import { addressOf, ServiceRow } from './service-row.tsx';
import { useDirectoryText } from './strings.en.ts';
import css from './directory.module.css';

/** Everybody who sells something, to be searched, filtered and sorted. */
export function ServicesPage() {
  const text = useDirectoryText();
  const [filters, setFilters] = useState(NO_FILTERS);
  const query = queryOf(useDeferredValue(filters));
  const [since] = useState(() => Date.now());
  const told = useTopic('services', query);
  const listing = told?.listing ?? null;
  const looking = told === undefined || told.looking;
  const services = listing?.services ?? [];
  return (
    <Page title={text('title')} lead={text('lead')}>
      <FilterBar filters={filters} onFilters={setFilters} />
      <p className={css['count']} role="status">
        {listing !== null && text('found', { count: services.length })}
        {looking && ` ${text('looking')}…`}
        {listing !== null && listing.silentRelays.length > 0 && (
          <span> {text('silent-relays', { count: listing.silentRelays.length })}</span>
        )}
      </p>
      {services.length === 0 &&
        (looking ? (
          <Wait title={text('looking')} since={since} usualSeconds={3} />
        ) : (
          <Empty
            title={text('none')}
            actions={
              <Button variant="default" onClick={() => setFilters(NO_FILTERS)}>
                {text('clear-filters')}
              </Button>
            }
          >
            {text('none-about')}
          </Empty>
        ))}
      {services.length > 0 && (
        <div className={css['list']}>
          <VirtualList
            items={services}
            label={text('title')}
            estimatedHeight={104}
            keyOf={addressOf}
            Row={ServiceRow}
          />
        </div>
      )}
      {listing !== null && <SetAside listing={listing} />}
    </Page>
  );
}

const MOST_SET_ASIDE = 50;

/** What fits and is not offered, and why: nothing is hidden. */
function SetAside({ listing }: { readonly listing: Listing }) {
  const text = useDirectoryText();
  const { setAside } = listing;
  if (setAside.length === 0) return null;
  return (
    <details className={css['aside']}>
      <summary>{text('set-aside', { count: setAside.length })}</summary>
      <ul>
        {setAside.slice(0, MOST_SET_ASIDE).map(({ service, reason }) => (
          <li key={service.address}>
            <PubkeyName pubkey={service.announcement.pubkey} name={service.announcement.name} />{' '}
            <span>{text(`reason-${reason.code}`)}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
