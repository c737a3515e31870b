import '@mantine/core/styles/InlineInput.css';
import '@mantine/core/styles/Checkbox.css';
import { Button } from '@mantine/core';
import { useMemo, useState } from 'react';
import { Panel, useTopic } from '../../app/index.ts';
import type { RunComparison } from '../../engine/contract.ts';
import type { ListedService } from '../../../src/directory/index.ts';
import { Approval } from './approval.tsx';
import { OfferTable } from './offer-table.tsx';
import { SideBySide } from './side-by-side.tsx';
import { OFFER_SORTS, sortOffers, type OfferLine, type OfferSort } from './sorting.ts';
import { standingFor } from './standing.ts';
import { useOffersText } from './strings.en.ts';
import { untakenNow } from './untaken.ts';
import { UntakenOffers } from './untaken-offers.tsx';
import css from './offers.module.css';

/** More than this side by side is a table again. */
const MOST_COMPARED = 3;
/** Offers in the table at first, and that each click adds. */
const OFFERS_AT_ONCE = 25;

/** The offers for a request as they arrive: in order, side by side, each saying who risks what, to be taken or picked. */
export function Offers({ kind, comparison }: { readonly kind: number; readonly comparison: RunComparison }) {
  const text = useOffersText();
  const listing = useTopic('services', { kinds: [kind], limit: 50, sort: 'reliability' })?.listing;
  const [sort, setSort] = useState<OfferSort>('price');
  const [ticked, setTicked] = useState<readonly string[]>([]);
  const [taking, setTaking] = useState<OfferLine | null>(null);
  const [shown, setShown] = useState(OFFERS_AT_ONCE);
  const lines = useMemo(
    () => sortOffers(linesOf(comparison.offers, listing?.services ?? []), sort),
    [comparison.offers, listing?.services, sort],
  );
  const compared = lines.filter(({ offer }) => ticked.includes(offer.id));
  const taken = taking === null ? null : standingFor(taking, lines);
  const take = (offerId: string) => setTaking(lines.find(({ offer }) => offer.id === offerId) ?? null);
  const tick = (offerId: string, on: boolean) =>
    setTicked(on ? [...ticked, offerId].slice(-MOST_COMPARED) : ticked.filter((one) => one !== offerId));
  const { left } = comparison;
  // What the rules leave aside may be taken all the same: it says so in the table.
  const untaken = untakenNow({ ...comparison, left: [] });
  return (
    <>
      {lines.length === 0 ? (
        <UntakenOffers offers={untaken} open />
      ) : (
        <Panel
          title={text('offers')}
          beside={<PickForMe comparison={comparison} lines={lines} onTake={take} />}
        >
          <div className={css['sorts']} role="group" aria-label={text('sort-by')}>
            <span aria-hidden="true">{text('sort-by')}</span>
            {OFFER_SORTS.map((one) => (
              <button
                key={one}
                type="button"
                className={css['sort']}
                aria-pressed={one === sort}
                onClick={() => setSort(one)}
              >
                {text(`sort-${one}`)}
              </button>
            ))}
          </div>
          <OfferTable
            lines={lines.slice(0, shown)}
            best={comparison.choice?.offerId ?? null}
            left={left.map(({ offerId }) => offerId)}
            ticked={ticked}
            onTick={tick}
            onTake={take}
          />
          {shown < lines.length && (
            <Button variant="default" size="compact-md" onClick={() => setShown(shown + OFFERS_AT_ONCE)}>
              {text('more-offers', { count: lines.length - shown })}
            </Button>
          )}
          {compared.length > 1 ? (
            <SideBySide lines={compared} onTake={take} />
          ) : (
            lines.length > 1 && <p className={css['hint']}>{text('compare-hint')}</p>
          )}
          <UntakenOffers offers={untaken} />
        </Panel>
      )}
      {taken !== null && (
        <Approval
          key={taken.offer.id}
          requestId={comparison.requestId}
          line={taken}
          onDone={() => setTaking(null)}
        />
      )}
    </>
  );
}

function linesOf(offers: RunComparison['offers'], services: readonly ListedService[]): readonly OfferLine[] {
  const byProvider = new Map(services.toReversed().map((service) => [service.announcement.pubkey, service]));
  return offers.map((offer) => ({ offer, service: byProvider.get(offer.providerPubkey) ?? null }));
}

function PickForMe({
  comparison,
  lines,
  onTake,
}: {
  readonly comparison: RunComparison;
  readonly lines: readonly OfferLine[];
  readonly onTake: (offerId: string) => void;
}) {
  const text = useOffersText();
  const { choice } = comparison;
  if (choice === null || !lines.some(({ offer }) => offer.id === choice.offerId)) return null;
  return (
    <Button
      size="compact-md"
      title={text('pick-for-me-about', { why: choice.why.join(', ') })}
      onClick={() => onTake(choice.offerId)}
    >
      {text('pick-for-me')}
    </Button>
  );
}
