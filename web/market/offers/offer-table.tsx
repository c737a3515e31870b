import { Button, Checkbox } from '@mantine/core';
import { Ago, Chip, npubOf, PubkeyName, Sats } from '../../app/index.ts';
import { LivenessLadder, RecordLine, Times } from '../signs.tsx';
import { OfferWords } from './offer-words.tsx';
import { PlanLine } from './plan-line.tsx';
import { Risk } from './risk.tsx';
import type { OfferLine } from './sorting.ts';
import { useOffersText } from './strings.en.ts';
import css from './offers.module.css';

const COLUMNS = ['compare', 'provider', 'price', 'time', 'record', 'life', 'risk', 'take'] as const;

/** Offers as a table, which a narrow screen shows as cards; the roles stay those of a table. */
export function OfferTable({
  lines,
  best,
  left,
  ticked,
  onTick,
  onTake,
}: {
  readonly lines: readonly OfferLine[];
  /** What the rules would take now. */
  readonly best: string | null;
  /** What the rules never take by themselves. */
  readonly left: readonly string[];
  readonly ticked: readonly string[];
  readonly onTick: (offerId: string, on: boolean) => void;
  readonly onTake: (offerId: string) => void;
}) {
  const text = useOffersText();
  return (
    <table className={css['table']} role="table" aria-label={text('offers')}>
      <thead role="rowgroup">
        <tr role="row">
          {COLUMNS.map((column) => (
            <th key={column} role="columnheader" scope="col">
              {text(column)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {lines.map(({ offer, service }) => {
          const who = service?.announcement.name?.slice(0, 60) ?? npubOf(offer.providerPubkey).slice(0, 12);
          return (
            <tr key={offer.id} role="row" data-best={offer.id === best}>
              <td role="cell" className={css['tick']}>
                <Checkbox
                  aria-label={text('compare-this', { who })}
                  checked={ticked.includes(offer.id)}
                  onChange={(event) => onTick(offer.id, event.currentTarget.checked)}
                />
              </td>
              <td role="cell" className={css['who']}>
                <PubkeyName pubkey={offer.providerPubkey} name={service?.announcement.name ?? null} />
                <span className={css['marks']}>
                  {offer.id === best && <Chip tone="good">{text('best-now')}</Chip>}
                  {left.includes(offer.id) && (
                    <Chip tone="warn" title={text('refused-distrusted')}>
                      {text('left-aside')}
                    </Chip>
                  )}
                  {offer.delivered && <Chip>{text('already-here')}</Chip>}
                </span>
                <PlanLine plan={offer.plan} />
                <OfferWords words={offer.words} max={140} />
              </td>
              <td role="cell" className={css['price']}>
                <Sats msat={offer.amountMsat} />
              </td>
              <td role="cell" data-label={text('time')}>
                <Times usual={offer.usualSeconds} worst={offer.worstSeconds} />
              </td>
              <td role="cell" className={css['record']} data-label={text('record')}>
                <RecordLine record={offer.record} />
              </td>
              <td role="cell" data-label={text('life')}>
                {service === null ? (
                  <Ago at={offer.createdAt} />
                ) : (
                  <span className={css['life']}>
                    <LivenessLadder liveness={service.liveness} />
                    <Ago at={service.liveness.lastSignAt} />
                  </span>
                )}
              </td>
              <td role="cell" className={css['riskCell']}>
                <Risk offer={offer} />
              </td>
              <td role="cell" className={css['take']}>
                <Button
                  size="compact-md"
                  variant={offer.id === best ? 'filled' : 'default'}
                  aria-label={text('take-offer', { who })}
                  onClick={() => onTake(offer.id)}
                >
                  {text('take')}
                </Button>
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
