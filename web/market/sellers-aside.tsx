import { useState } from 'react';
import { PubkeyName, Sats, useTopic, Wait } from '../app/index.ts';
import type { ListedService } from '../../src/directory/index.ts';
import { isLive } from './sellers.ts';
import { LivenessLadder, RecordLine, Times } from './signs.tsx';
import { useMarketText } from './strings.en.ts';
import css from './new-job.module.css';

const MOST_SHOWN = 12;

/** Who does this kind of work now, before anything is posted; one of them may be asked alone. */
export function SellersAside({
  services,
  looking,
  target,
  onTarget,
}: {
  readonly services: readonly ListedService[];
  readonly looking: boolean;
  readonly target: string | null;
  readonly onTarget: (pubkey: string | null) => void;
}) {
  const text = useMarketText();
  const [since] = useState(() => Date.now());
  const connected = useTopic('relays', null)?.filter((relay) => relay.connected).length ?? 0;
  const live = services.filter((service) => isLive(service) || service.announcement.pubkey === target);
  return (
    <aside className={css['sellers']} aria-label={text('who-sells')}>
      <h2>{text('who-sells')}</h2>
      {live.length === 0 && looking && (
        <Wait
          title={text('looking-title')}
          since={since}
          usualSeconds={3}
          known={[text('relays-known', { connected, all: connected })]}
        />
      )}
      {live.length === 0 && !looking && <p className={css['hint']}>{text('who-sells-empty')}</p>}
      <ul className={css['sellerList']}>
        {live.slice(0, MOST_SHOWN).map((service) => (
          <SellerRow key={service.address} service={service} target={target} onTarget={onTarget} />
        ))}
      </ul>
      {live.length > 0 && <p className={css['hint']}>{text('price-hint')}</p>}
    </aside>
  );
}

function SellerRow({
  service,
  target,
  onTarget,
}: {
  readonly service: ListedService;
  readonly target: string | null;
  readonly onTarget: (pubkey: string | null) => void;
}) {
  const text = useMarketText();
  const { announcement, record, liveness, priceMsat } = service;
  const chosen = announcement.pubkey === target;
  return (
    <li className={css['seller']} data-chosen={chosen}>
      <PubkeyName pubkey={announcement.pubkey} name={announcement.name} />
      <span className={css['sellerFacts']}>
        <Sats msat={priceMsat} />
        <Times usual={record.usualSeconds} worst={record.worstSeconds} />
        <LivenessLadder liveness={liveness} />
        <RecordLine record={record} />
      </span>
      <button
        type="button"
        className={css['plain']}
        aria-pressed={chosen}
        onClick={() => onTarget(chosen ? null : announcement.pubkey)}
      >
        {text(chosen ? 'ask-everybody' : 'ask-this-one')}
      </button>
    </li>
  );
}
