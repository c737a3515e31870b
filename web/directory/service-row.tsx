import { Ago, Chip, Fault, Icon, KindName, PubkeyName, Sats, Untrusted, useCall } from '../app/index.ts';
import { LivenessLadder, RecordLine, Times } from '../market/index.ts';
import type { ListedService } from '../../src/directory/index.ts';
import { useDirectoryText } from './strings.en.ts';
import css from './directory.module.css';

/** One service in a list: who, what, for how much, how alive, and how well. */
export function ServiceRow({ service }: { readonly service: ListedService }) {
  const { announcement, liveness, record, priceMsat } = service;
  const { pubkey, identifier, name, about, kinds } = announcement;
  return (
    <div className={css['service']}>
      {/* A plain link: the router's own costs too much to be made by the hundred while the list scrolls. */}
      <a
        href={`#/service/${pubkey}/${identifier === '' ? '-' : encodeURIComponent(identifier)}`}
        className={css['serviceName']}
      >
        <PubkeyName pubkey={pubkey} name={name} />
      </a>
      <p className={css['serviceAbout']}>
        <Untrusted max={160}>{about ?? ''}</Untrusted>
      </p>
      <p className={css['serviceKinds']}>
        {kinds.slice(0, 4).map((kind) => (
          <Chip key={kind}>
            <KindName kind={kind} />
          </Chip>
        ))}
        {kinds.length > 4 && <Chip>+{kinds.length - 4}</Chip>}
      </p>
      <p className={css['serviceFacts']}>
        <strong>
          <Sats msat={priceMsat} />
        </strong>
        <Times usual={record.usualSeconds} worst={record.worstSeconds} />
        <LivenessLadder liveness={liveness} />
        <Ago at={liveness.lastSignAt} />
        <RecordLine record={record} />
      </p>
      <FavouriteMark service={service} />
    </div>
  );
}

/** Marks a service as a favourite, in a public list of the own key. */
export function FavouriteMark({ service }: { readonly service: ListedService }) {
  const text = useDirectoryText();
  const asking = useCall('directory.favourite');
  const { favourite, address, announcement } = service;
  const name = announcement.name?.slice(0, 60) ?? text('no-name');
  return (
    <span className={css['favourite']}>
      <button
        type="button"
        className={css['star']}
        aria-pressed={favourite}
        aria-label={text(favourite ? 'remove-favourite' : 'add-favourite', { name })}
        disabled={asking.askedAt !== null}
        onClick={() => void asking.ask({ address, favourite: !favourite })}
      >
        <Icon name="star" filled={favourite} />
      </button>
      {asking.failure !== null && <Fault failure={asking.failure} />}
    </span>
  );
}
