import { useEffect, useState } from 'react';
import { Ago, Fault, Icon, useCall } from '../app/index.ts';
import { LivenessLadder, RecordLine, Times } from '../market/index.ts';
import type { ListedService } from '../../src/directory/index.ts';
import { ServiceSign } from './service-sign.tsx';
import { useDirectoryText } from './strings.en.ts';
import css from './directory.module.css';

/** Which service of a list it is. */
export const addressOf = ({ address }: ListedService) => address;

/** One service in a list: who, what, for how much, how alive, and how well. */
export function ServiceRow({ item: service }: { readonly item: ListedService }) {
  const { announcement, liveness, record } = service;
  const { pubkey, identifier } = announcement;
  return (
    <div className={css['service']}>
      <ServiceSign
        service={service}
        href={`#/service/${pubkey}/${identifier === '' ? '-' : encodeURIComponent(identifier)}`}
      >
        <Times usual={record.usualSeconds} worst={record.worstSeconds} />
        <LivenessLadder liveness={liveness} />
        <Ago at={liveness.lastSignAt} />
        <RecordLine record={record} />
      </ServiceSign>
      <FavouriteMark service={service} />
    </div>
  );
}

/** Marks a service as a favourite, in a public list of the own key. */
export function FavouriteMark({ service }: { readonly service: ListedService }) {
  const text = useDirectoryText();
  const asking = useCall('directory.favourite');
  const { favourite: told, address, announcement } = service;
  /** What was answered here counts until the list of services tells something new. */
  const [answered, setAnswered] = useState<boolean | null>(null);
  useEffect(() => setAnswered(null), [told]);
  const favourite = answered ?? told;
  const turn = async () => {
    const turned = await asking.ask({ address, favourite: !favourite });
    if (turned?.ok === true) setAnswered(!favourite);
  };
  const name = announcement.name?.slice(0, 60) ?? text('no-name');
  return (
    <span className={css['favourite']}>
      <button
        type="button"
        className={css['star']}
        aria-pressed={favourite}
        aria-label={text(favourite ? 'remove-favourite' : 'add-favourite', { name })}
        disabled={asking.askedAt !== null}
        onClick={() => void turn()}
      >
        <Icon name="star" filled={favourite} />
      </button>
      {asking.failure !== null && <Fault failure={asking.failure} />}
    </span>
  );
}
