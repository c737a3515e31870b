import { Button } from '@mantine/core';
import { Link, useParams } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import {
  Ago,
  Chip,
  Empty,
  Fault,
  KindName,
  Page,
  Panel,
  PubkeyName,
  revealHidden,
  Untrusted,
  useEngine,
  Wait,
} from '../app/index.ts';
import type { EngineCalls } from '../engine/contract.ts';
import { SignPrice } from '../market/index.ts';
import type { ListedService, ProviderEntry } from '../../src/directory/index.ts';
import { useExample } from './examples.strings.en.ts';
import { LifePanel } from './life-panel.tsx';
import { Operator } from './operator.tsx';
import { RecordPanel } from './record-panel.tsx';
import { FavouriteMark } from './service-row.tsx';
import { Seller } from './service-sign.tsx';
import { SettingsPanel } from './settings-panel.tsx';
import { useDirectoryText } from './strings.en.ts';
import css from './directory.module.css';

type Asked = EngineCalls['directory.provider']['output'];

const MOST_KINDS = 30;
/** An announcement longer than this is cut where it is shown as signed. */
const MAX_RAW = 20_000;

/** One service: what it says of itself, and what others can show about it. */
export function ServicePage() {
  const text = useDirectoryText();
  const engine = useEngine();
  const { pubkey, identifier } = useParams({ from: '/service/$pubkey/$identifier' });
  const [asked, setAsked] = useState<Asked | null>(null);
  const [since, setSince] = useState(() => Date.now());
  useEffect(() => {
    let gone = false;
    setAsked(null);
    const ask = async () => {
      const answer = await engine.call('directory.provider', { pubkey });
      if (!gone) setAsked(answer);
    };
    void ask();
    return () => {
      gone = true;
    };
  }, [engine, pubkey, since]);
  const service =
    asked?.ok === true
      ? asked.value.services.find(({ announcement }) => (announcement.identifier || '-') === identifier)
      : undefined;
  if (asked?.ok === true && service !== undefined) return <Known entry={asked.value} service={service} />;
  return (
    <Page title={text('title')} beside={<Link to="/services">{text('all-services')}</Link>}>
      {asked === null && <Wait title={text('loading-service')} since={since} usualSeconds={3} />}
      {asked?.ok === false && <Fault failure={asked.failure} onRetry={() => setSince(Date.now())} />}
      {asked?.ok === true && (
        <Empty title={text('no-service')} actions={<Link to="/services">{text('all-services')}</Link>}>
          {text('no-service-about')}
        </Empty>
      )}
    </Page>
  );
}

function Known({ entry, service }: { readonly entry: ProviderEntry; readonly service: ListedService }) {
  const text = useDirectoryText();
  const { announcement, relays } = service;
  const name = announcement.name?.slice(0, 80) ?? text('no-name');
  const others = entry.services.filter(({ address }) => address !== service.address);
  return (
    <Page
      title={name}
      heading={<PubkeyName pubkey={announcement.pubkey} name={announcement.name} />}
      beside={
        <>
          <FavouriteMark service={service} />
          <Link to="/services">{text('all-services')}</Link>
        </>
      }
    >
      <div className={css['columns']}>
        <div className={css['stack']}>
          <Panel title={text('about')}>
            <p>
              <Untrusted max={2000}>{announcement.about ?? ''}</Untrusted>
            </p>
            <dl className={css['facts']}>
              <dt>{text('price')}</dt>
              <dd>
                <SignPrice service={service} />
              </dd>
              <dt>{text('announced')}</dt>
              <dd>
                <Ago at={announcement.createdAt} />
              </dd>
              <Operator entry={entry} service={service} />
              {relays.length > 0 && (
                <>
                  <dt>{text('relays')}</dt>
                  <dd>
                    <Untrusted max={400}>{relays.join(', ')}</Untrusted>
                  </dd>
                </>
              )}
              {announcement.topics.length > 0 && (
                <>
                  <dt>{text('topics')}</dt>
                  <dd>
                    <Untrusted max={300}>{announcement.topics.slice(0, 20).join(', ')}</Untrusted>
                  </dd>
                </>
              )}
            </dl>
            <p className={css['chips']}>
              <Seller announcement={announcement} />
              {announcement.supportsEncryption && <Chip tone="good">{text('reads-encrypted')}</Chip>}
              {announcement.acceptsNutzaps && <Chip>{text('takes-nutzaps')}</Chip>}
              {announcement.personalized && <Chip>{text('personalized')}</Chip>}
              {announcement.subscription && <Chip>{text('subscription')}</Chip>}
            </p>
            <details className={css['dim']}>
              <summary>{text('raw-announcement')}</summary>
              <pre className={css['raw']} tabIndex={0}>
                {revealHidden(JSON.stringify(announcement.event, null, 2).slice(0, MAX_RAW))}
              </pre>
            </details>
          </Panel>
          <Kinds service={service} />
          <SettingsPanel params={announcement.nip90Params} />
          {others.length > 0 && <AlsoSold services={others} />}
        </div>
        <div className={css['stack']}>
          <LifePanel liveness={service.liveness} />
          <RecordPanel record={service.record} />
        </div>
      </div>
    </Page>
  );
}

/** What it does, each with the way to its form and, where there is one, an example to try it with. */
function Kinds({ service }: { readonly service: ListedService }) {
  const text = useDirectoryText();
  const exampleOf = useExample();
  const { pubkey, kinds } = service.announcement;
  return (
    <Panel title={text('kinds')}>
      <ul className={css['kindList']}>
        {kinds.slice(0, MOST_KINDS).map((kind) => {
          const example = exampleOf(kind);
          return (
            <li key={kind}>
              <Link to="/kind/$kind" params={{ kind: String(kind) }}>
                <KindName kind={kind} />
              </Link>
              <span className={css['kindActions']}>
                {example !== null && (
                  <Link
                    to="/new/$kind"
                    params={{ kind: String(kind) }}
                    search={{ to: pubkey, text: example }}
                  >
                    {text('try-it')}
                  </Link>
                )}
                <Button
                  size="compact-md"
                  renderRoot={(props) => (
                    <Link
                      to="/new/$kind"
                      params={{ kind: String(kind) }}
                      search={{ to: pubkey }}
                      {...props}
                    />
                  )}
                >
                  {text('buy-here')}
                </Button>
              </span>
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}

function AlsoSold({ services }: { readonly services: readonly ListedService[] }) {
  const text = useDirectoryText();
  return (
    <Panel title={text('sells-also')}>
      <ul className={css['kindList']}>
        {services.slice(0, MOST_KINDS).map(({ address, announcement }) => (
          <li key={address}>
            <Link
              to="/service/$pubkey/$identifier"
              params={{ pubkey: announcement.pubkey, identifier: announcement.identifier || '-' }}
            >
              <Untrusted max={80}>{announcement.name ?? text('no-name')}</Untrusted>
            </Link>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
