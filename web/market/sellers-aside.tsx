import { useState } from 'react';
import { PubkeyName, useTopic, Wait, WordButton } from '../app/index.ts';
import type { ListedService } from '../../src/directory/index.ts';
import { MOST_TARGETS } from './kept-job.ts';
import { useNewJobText } from './new-job.strings.en.ts';
import { sellersShown, type AskedSeller } from './sellers.ts';
import { LivenessLadder, RecordLine, SignPrice, Times } from './signs.tsx';
import { useMarketText } from './strings.en.ts';
import css from './new-job.module.css';

/** Who does this kind of work now, before anything is posted; one of them, or a few, may be asked alone. */
export function SellersAside({
  services,
  looking,
  asked,
  showsFiles,
  onTargets,
}: {
  readonly services: readonly ListedService[];
  readonly looking: boolean;
  readonly asked: readonly AskedSeller[];
  /** The job has private files: who opens such is said. */
  readonly showsFiles: boolean;
  readonly onTargets: (targets: readonly string[]) => void;
}) {
  const text = useMarketText();
  const newJobText = useNewJobText();
  const [since] = useState(() => Date.now());
  const connected = useTopic('relays', null)?.filter((relay) => relay.connected).length ?? 0;
  const targets = asked.map(({ pubkey }) => pubkey);
  const [begunWith] = useState(targets);
  const { first, others } = sellersShown(services, asked, begunWith);
  const count = first.length + others.length;
  const choosing = { targets, showsFiles, onTargets };
  return (
    <aside className={css['sellers']} aria-label={text('who-sells')}>
      <h2>{text('who-sells')}</h2>
      {targets.length > 0 && (
        <p className={css['hint']} role="status">
          {newJobText('asks-some', { count: targets.length })}{' '}
          {targets.length === MOST_TARGETS && newJobText('asks-most', { count: MOST_TARGETS })}{' '}
          <WordButton onClick={() => onTargets([])}>{text('ask-everybody')}</WordButton>
        </p>
      )}
      <ul className={css['sellerList']}>
        {first.map(({ pubkey, services: signs }) =>
          signs === null || signs.length === 0 ? (
            <UnseenRow key={pubkey} pubkey={pubkey} looking={looking || signs === null} {...choosing} />
          ) : (
            signs.map((service) => <SellerRow key={service.address} service={service} {...choosing} />)
          ),
        )}
        {others.map((service) => (
          <SellerRow key={service.address} service={service} {...choosing} />
        ))}
      </ul>
      {others.length === 0 && looking && (
        <Wait
          title={text('looking-title')}
          since={since}
          usualSeconds={3}
          known={[text('relays-known', { connected, all: connected })]}
        />
      )}
      {count === 0 && !looking && <p className={css['hint']}>{text('who-sells-empty')}</p>}
      {count > 0 && <p className={css['hint']}>{text('price-hint')}</p>}
    </aside>
  );
}

interface Choosing {
  readonly targets: readonly string[];
  readonly showsFiles: boolean;
  readonly onTargets: (targets: readonly string[]) => void;
}

function SellerRow({
  service,
  targets,
  showsFiles,
  onTargets,
}: { readonly service: ListedService } & Choosing) {
  const newJobText = useNewJobText();
  const { announcement, record, liveness } = service;
  const { pubkey, supportsEncryptedFiles } = announcement;
  return (
    <li className={css['seller']} data-chosen={targets.includes(pubkey)}>
      <PubkeyName pubkey={pubkey} name={announcement.name} />
      <span className={css['sellerFacts']}>
        <SignPrice service={service} />
        <Times usual={record.usualSeconds} worst={record.worstSeconds} />
        <LivenessLadder liveness={liveness} />
        <RecordLine record={record} />
        {showsFiles && <span>{newJobText(supportsEncryptedFiles ? 'opens-files' : 'opens-no-files')}</span>}
      </span>
      <ChooseButton pubkey={pubkey} targets={targets} onTargets={onTargets} />
    </li>
  );
}

/** Somebody who is to be asked, and of whom no sign for this kind is known. */
function UnseenRow({
  pubkey,
  looking,
  targets,
  onTargets,
}: { readonly pubkey: string; readonly looking: boolean } & Choosing) {
  const newJobText = useNewJobText();
  return (
    <li className={css['seller']} data-chosen={targets.includes(pubkey)}>
      <PubkeyName pubkey={pubkey} />
      <span className={css['sellerFacts']}>{newJobText(looking ? 'sign-looking' : 'sign-none')}</span>
      <ChooseButton pubkey={pubkey} targets={targets} onTargets={onTargets} />
    </li>
  );
}

function ChooseButton({
  pubkey,
  targets,
  onTargets,
}: { readonly pubkey: string } & Pick<Choosing, 'targets' | 'onTargets'>) {
  const text = useMarketText();
  const newJobText = useNewJobText();
  const chosen = targets.includes(pubkey);
  const add = targets.length === 0 ? text('ask-this-one') : newJobText('ask-this-too');
  return (
    <WordButton
      aria-pressed={chosen}
      disabled={!chosen && targets.length >= MOST_TARGETS}
      onClick={() => onTargets(chosen ? targets.filter((other) => other !== pubkey) : [...targets, pubkey])}
    >
      {chosen ? newJobText('leave-this-out') : add}
    </WordButton>
  );
}
