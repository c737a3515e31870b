import { Link } from '@tanstack/react-router';
import { formatSeconds, Sats, useLanguage } from '../app/index.ts';
import type { KindContract } from '../../src/protocol/index.ts';
import type { KindOffer } from './sellers.ts';
import { useMarketText } from './strings.en.ts';
import css from './market.module.css';

/** One kind of work, who sells it now, and the way to its form with the words that were typed. */
export function KindRow({
  contract,
  offer,
  task,
}: {
  readonly contract: KindContract;
  readonly offer: KindOffer | null;
  readonly task: string;
}) {
  const text = useMarketText();
  const language = useLanguage();
  return (
    <li>
      <Link
        to="/new/$kind"
        params={{ kind: String(contract.kind) }}
        search={task.trim() === '' ? {} : { text: task.trim() }}
        className={css['kind']}
      >
        <span className={css['kindName']}>
          {contract.name} <span className={css['kindNumber']}>{contract.kind}</span>
        </span>
        <span className={css['kindAbout']}>{contract.about}</span>
        <span className={css['kindOffer']}>
          <span className={css['live']} data-live={offer !== null}>
            {offer === null ? text('nobody-live') : text('live-sellers', { count: offer.live })}
          </span>
          {offer !== null && offer.usualSeconds !== null && (
            <span>{text('usual-time', { time: formatSeconds(offer.usualSeconds, language) })}</span>
          )}
          {offer !== null && offer.lowestMsat !== null && (
            <span>
              {offer.lowestMsat > 0n && `${text('from-price')} `}
              <Sats msat={offer.lowestMsat} />
            </span>
          )}
        </span>
      </Link>
    </li>
  );
}
