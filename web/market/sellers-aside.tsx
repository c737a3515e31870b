import { useState } from 'react';
import { PubkeyName, useTopic, Wait, WordButton } from '../app/index.ts';
import type { ListedService } from '../../src/directory/index.ts';
import { MOST_TARGETS } from './kept-job.ts';
import { useNewJobText } from './new-job.strings.en.ts';
import { isLive } from './sellers.ts';
import { LivenessLadder, RecordLine, SignPrice, Times } from './signs.tsx';
import { useMarketText } from './strings.en.ts';
import css from './new-job.module.css';

const MOST_SHOWN = 12;

/** Who does this kind of work now, before anything is posted; one of them, or a few, may be asked alone. */
export function SellersAside({
  services,
  looking,
  targets,
  showsFiles,
  onTargets,
}: {
  readonly services: readonly ListedService[];
  readonly looking: boolean;
  readonly targets: readonly string[];
  /** The job has private files: who opens such is said. */
  readonly showsFiles: boolean;
  readonly onTargets: (targets: readonly string[]) => void;
}) {
  const text = useMarketText();
  const newJobText = useNewJobText();
  const [since] = useState(() => Date.now());
  const connected = useTopic('relays', null)?.filter((relay) => relay.connected).length ?? 0;
  const live = services.filter((service) => isLive(service) || targets.includes(service.announcement.pubkey));
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
      {targets.length > 0 && (
        <p className={css['hint']} role="status">
          {newJobText('asks-some', { count: targets.length })}{' '}
          {targets.length === MOST_TARGETS && newJobText('asks-most', { count: MOST_TARGETS })}{' '}
          <WordButton onClick={() => onTargets([])}>{text('ask-everybody')}</WordButton>
        </p>
      )}
      <ul className={css['sellerList']}>
        {live.slice(0, MOST_SHOWN).map((service) => (
          <SellerRow
            key={service.address}
            service={service}
            targets={targets}
            showsFiles={showsFiles}
            onTargets={onTargets}
          />
        ))}
      </ul>
      {live.length > 0 && <p className={css['hint']}>{text('price-hint')}</p>}
    </aside>
  );
}

function SellerRow({
  service,
  targets,
  showsFiles,
  onTargets,
}: {
  readonly service: ListedService;
} & Pick<Parameters<typeof SellersAside>[0], 'targets' | 'showsFiles' | 'onTargets'>) {
  const text = useMarketText();
  const newJobText = useNewJobText();
  const { announcement, record, liveness } = service;
  const { pubkey, supportsEncryptedFiles } = announcement;
  const chosen = targets.includes(pubkey);
  const isFull = !chosen && targets.length >= MOST_TARGETS;
  const add = targets.length === 0 ? text('ask-this-one') : newJobText('ask-this-too');
  return (
    <li className={css['seller']} data-chosen={chosen}>
      <PubkeyName pubkey={announcement.pubkey} name={announcement.name} />
      <span className={css['sellerFacts']}>
        <SignPrice service={service} />
        <Times usual={record.usualSeconds} worst={record.worstSeconds} />
        <LivenessLadder liveness={liveness} />
        <RecordLine record={record} />
        {showsFiles && <span>{newJobText(supportsEncryptedFiles ? 'opens-files' : 'opens-no-files')}</span>}
      </span>
      <WordButton
        aria-pressed={chosen}
        disabled={isFull}
        onClick={() => onTargets(chosen ? targets.filter((other) => other !== pubkey) : [...targets, pubkey])}
      >
        {chosen ? newJobText('leave-this-out') : add}
      </WordButton>
    </li>
  );
}
