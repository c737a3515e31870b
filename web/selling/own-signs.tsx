import { Button } from '@mantine/core';
import { useCallback, useEffect, useState } from 'react';
import {
  Dialog,
  DialogAnswers,
  Fault,
  KindName,
  Panel,
  Untrusted,
  useCall,
  useEngine,
  Wait,
} from '../app/index.ts';
import type { EngineCalls } from '../engine/index.ts';
import { writtenOf, type WrittenSign } from './server-sign.ts';
import { useServerText } from './server.strings.en.ts';
import css from './selling.module.css';

type Provider = EngineCalls['directory.provider']['output'];
type OwnSign = Extract<Provider, { ok: true }>['value']['services'][number];

/** What a key announces, as the relays have it. */
interface OwnSignsTold {
  /** `null` until the relays have answered. */
  readonly signs: readonly OwnSign[] | null;
  readonly lookAgain: () => void;
}

/** Asks the relays what a key announces; `null` for nobody's. */
export function useOwnSigns(pubkey: string | null): OwnSignsTold {
  const engine = useEngine();
  const [told, setTold] = useState<{ readonly pubkey: string; readonly signs: readonly OwnSign[] }>();
  const [looks, setLooks] = useState(0);
  useEffect(() => {
    if (pubkey === null) return;
    let gone = false;
    const look = async () => {
      const found = await engine.call('directory.provider', { pubkey });
      if (!gone) setTold({ pubkey, signs: found.ok ? found.value.services : [] });
    };
    void look();
    return () => {
      gone = true;
    };
  }, [engine, pubkey, looks]);
  const lookAgain = useCallback(() => setLooks((before) => before + 1), []);
  return { signs: told?.pubkey === pubkey ? told.signs : null, lookAgain };
}

/** The signs that hang already, each to be changed or taken down. */
export function OwnSigns({
  signs,
  onEdit,
  onTakenDown,
}: {
  readonly signs: readonly OwnSign[];
  readonly onEdit: (sign: WrittenSign) => void;
  readonly onTakenDown: () => void;
}) {
  const text = useServerText();
  const [leaving, setLeaving] = useState<OwnSign | null>(null);
  return (
    <Panel title={text('own-signs')}>
      {signs.length === 0 && <p className={css['dim']}>{text('own-none')}</p>}
      <ul className={css['signs']} hidden={signs.length === 0}>
        {signs.map(({ address, announcement }) => {
          const name = announcement.name?.slice(0, 60) ?? announcement.identifier.slice(0, 60);
          return (
            <li key={address}>
              <span>
                <Untrusted max={60}>{name}</Untrusted>{' '}
                <span className={css['dim']}>
                  <KindName kind={announcement.kinds[0] ?? 0} />
                </span>
              </span>
              <span className={css['actions']}>
                <Button
                  size="compact-sm"
                  variant="default"
                  aria-label={text('edit', { name })}
                  onClick={() => onEdit(writtenOf(announcement))}
                >
                  {text('edit-short')}
                </Button>
                <Button
                  size="compact-sm"
                  variant="subtle"
                  color="red"
                  aria-label={text('withdraw', { name })}
                  onClick={() => setLeaving(signs.find((each) => each.address === address) ?? null)}
                >
                  {text('withdraw-short')}
                </Button>
              </span>
            </li>
          );
        })}
      </ul>
      {leaving !== null && (
        <TakeDown
          sign={leaving}
          onClose={(done) => {
            setLeaving(null);
            if (done) onTakenDown();
          }}
        />
      )}
    </Panel>
  );
}

function TakeDown({
  sign: { announcement },
  onClose,
}: {
  readonly sign: OwnSign;
  readonly onClose: (done: boolean) => void;
}) {
  const text = useServerText();
  const withdrawing = useCall('directory.withdraw');
  const withdraw = async () => {
    const done = await withdrawing.ask({ identifier: announcement.identifier });
    if (done?.ok === true) onClose(true);
  };
  return (
    <Dialog title={text('withdraw-ask')} onClose={() => onClose(false)}>
      <p>
        <Untrusted max={60}>{announcement.name ?? announcement.identifier}</Untrusted>
      </p>
      <p className={css['dim']}>{text('withdraw-about')}</p>
      {withdrawing.failure !== null && <Fault failure={withdrawing.failure} />}
      {withdrawing.askedAt === null ? (
        <DialogAnswers>
          <Button variant="default" onClick={() => onClose(false)}>
            {text('withdraw-no')}
          </Button>
          <Button color="red" onClick={() => void withdraw()}>
            {text('withdraw-yes')}
          </Button>
        </DialogAnswers>
      ) : (
        <Wait title={text('withdrawing')} since={withdrawing.askedAt} usualSeconds={2} />
      )}
    </Dialog>
  );
}
