import { Link } from '@tanstack/react-router';
import { useDeferredValue, useMemo, useState } from 'react';
import { Empty, Page, useKinds, useTopic, Wait } from '../app/index.ts';
import type { KindContract } from '../../src/protocol/index.ts';
import { FirstSteps } from './first-steps.tsx';
import { kindsForTask } from './kind-search.ts';
import { KIND_WORDS } from './kind-words.en.ts';
import { useKindWords } from './kind-words.strings.en.ts';
import { KindRow } from './kind-row.tsx';
import { kindOffers, type KindOffer } from './sellers.ts';
import { useMarketText } from './strings.en.ts';
import css from './market.module.css';

const MOST_FOUND = 8;

/** The beginning: say what you need, and see who does it now. */
export function MarketPage() {
  const text = useMarketText();
  const [task, setTask] = useState('');
  const wanted = useDeferredValue(task);
  const services = useTopic('services', { limit: 200, sort: 'liveness' });
  const offers = useMemo(() => kindOffers(services?.listing ?? null), [services?.listing]);
  const kinds = useKinds();
  const proposed = useMemo(() => kinds.all().filter(isProposed), [kinds]);
  const words = useKindWords();
  const found = useMemo(
    () => kindsForTask(wanted, proposed, (kind) => (kind in KIND_WORDS ? words(`${kind}`) : '')),
    [wanted, proposed, words],
  );
  const looking = services === undefined || (services.looking && offers.length === 0);
  return (
    <Page title={text('title')} heading={text('question')} lead={text('lead')}>
      <div className={css['columns']} data-looking={looking}>
        <div className={css['left']}>
          <input
            className={css['task']}
            aria-label={text('task-label')}
            placeholder={text('task-placeholder')}
            value={task}
            maxLength={2000}
            autoComplete="off"
            onChange={(event) => setTask(event.currentTarget.value)}
          />
          {wanted.trim() !== '' ? (
            <Found found={inOrderOfLife(found, offers).slice(0, MOST_FOUND)} offers={offers} task={wanted} />
          ) : (
            <>
              {looking && <Looking found={services?.listing?.services.length ?? 0} />}
              {!looking && offers.length === 0 && (
                <NothingSold silent={services?.listing?.silentRelays.length ?? 0} />
              )}
              {offers.length > 0 && (
                <KindList
                  title={text('on-offer')}
                  kinds={offers.map(({ kind }) => kinds.of(kind))}
                  offers={offers}
                  task=""
                />
              )}
            </>
          )}
          {/* What stands below a list that is still on its way would be pushed down by it. */}
          <details className={css['more']} hidden={looking && wanted.trim() === ''}>
            <summary>{text('more-kinds')}</summary>
            <p className={css['moreAbout']}>{text('more-kinds-about')}</p>
            <KindList
              kinds={proposed.filter(({ kind }) => !offers.some((offer) => offer.kind === kind))}
              offers={[]}
              task={wanted}
            />
          </details>
        </div>
        <FirstSteps />
      </div>
    </Page>
  );
}

/** Kinds worth proposing: what is only a reserved number stays in the directory. */
function isProposed({ status }: KindContract): boolean {
  return status !== 'unknown' && status !== 'observed';
}

/** What fits and is sold, before what fits and is not; each in its order. */
function inOrderOfLife(found: readonly KindContract[], offers: readonly KindOffer[]): KindContract[] {
  const sold = (contract: KindContract) => offers.some(({ kind }) => kind === contract.kind);
  const [best] = found;
  if (best === undefined || sold(best)) return [...found];
  return [best, ...found.slice(1).filter(sold), ...found.slice(1).filter((contract) => !sold(contract))];
}

function KindList({
  title,
  kinds,
  offers,
  task,
}: {
  readonly title?: string;
  readonly kinds: readonly KindContract[];
  readonly offers: readonly KindOffer[];
  readonly task: string;
}) {
  return (
    <section className={css['kindSection']}>
      {title !== undefined && <h2>{title}</h2>}
      <ul className={css['kinds']}>
        {kinds.map((contract) => (
          <KindRow
            key={contract.kind}
            contract={contract}
            offer={offers.find(({ kind }) => kind === contract.kind) ?? null}
            task={task}
          />
        ))}
      </ul>
    </section>
  );
}

function Found({
  found,
  offers,
  task,
}: {
  readonly found: readonly KindContract[];
  readonly offers: readonly KindOffer[];
  readonly task: string;
}) {
  const text = useMarketText();
  const isSold = found.some((contract) => offers.some(({ kind }) => kind === contract.kind));
  const list = <KindList title={text('fits-task')} kinds={found} offers={offers} task={task} />;
  if (isSold) return list;
  if (found.length > 0)
    return (
      <>
        {list}
        <p className={css['moreAbout']}>
          {text('nobody-sells-these')}{' '}
          <Link to="/new/$kind" params={{ kind: '5050' }} search={{ text: task.trim() }}>
            {text('ask-model')}
          </Link>
        </p>
      </>
    );
  return (
    <Empty
      title={text('nothing-fits')}
      actions={
        <Link to="/new/$kind" params={{ kind: '5050' }} search={{ text: task.trim() }}>
          {text('ask-model')}
        </Link>
      }
    >
      {text('nothing-fits-about')}
    </Empty>
  );
}

function Looking({ found }: { readonly found: number }) {
  const text = useMarketText();
  const [since] = useState(() => Date.now());
  const relays = useTopic('relays', null) ?? [];
  const connected = relays.filter((relay) => relay.connected).length;
  return (
    <Wait
      title={text('looking-title')}
      since={since}
      usualSeconds={3}
      known={[
        ...(relays.length > 0 ? [text('relays-known', { connected, all: relays.length })] : []),
        ...(found > 0 ? [text('services-known', { count: found })] : []),
      ]}
    />
  );
}

/** Nothing is on offer, as far as the relays that answered can tell. */
function NothingSold({ silent }: { readonly silent: number }) {
  const text = useMarketText();
  const asked = useTopic('relays', null)?.length ?? 0;
  if (silent > 0 && silent >= asked)
    return (
      <Empty title={text('nobody-answers')} actions={<Link to="/you">{text('change-relays')}</Link>}>
        {text('nobody-answers-about')}
      </Empty>
    );
  return (
    <Empty title={text('nothing-sold')} actions={<Link to="/you">{text('change-relays')}</Link>}>
      {text('nothing-sold-about')}
    </Empty>
  );
}
