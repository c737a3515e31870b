import { Button, TextInput } from '@mantine/core';
import { useState, type FormEvent, type ReactNode } from 'react';
import { Icon, PlayMoney, useTopic, type IconName } from '../app/index.ts';
import type { WalletChoice } from '../engine/index.ts';
import { useWalletText } from './strings.en.ts';
import css from './wallet.module.css';

/** The wallets that can be used here. */
export function PayWays({
  isBusy,
  onChoose,
}: {
  readonly isBusy: boolean;
  readonly onChoose: (choice: WalletChoice) => void;
}) {
  const text = useWalletText();
  const host = useTopic('host', null);
  return (
    <ul className={css['ways']} aria-label={text('ways')}>
      {host?.playMoney === true && (
        <Way icon="market" title={text('way-play')} about={text('way-play-about')} beside={<PlayMoney />}>
          <Button disabled={isBusy} onClick={() => onChoose({ by: 'play-money' })}>
            {text('way-play-go')}
          </Button>
        </Way>
      )}
      <Way icon="wallet" title={text('way-nwc')} about={text('way-nwc-about')}>
        <ByNwc isBusy={isBusy} onChoose={onChoose} />
      </Way>
      <Way icon="puzzle" title={text('way-webln')} about={text('way-webln-about')}>
        {hasWebln() ? (
          <Button variant="default" disabled={isBusy} onClick={() => onChoose({ by: 'webln' })}>
            {text('webln-go')}
          </Button>
        ) : (
          <p className={css['hint']}>{text('webln-absent')}</p>
        )}
      </Way>
      <Way icon="phone" title={text('way-qr')} about={text('way-qr-about')}>
        <Button variant="default" disabled={isBusy} onClick={() => onChoose({ by: 'qr' })}>
          {text('qr-go')}
        </Button>
      </Way>
    </ul>
  );
}

function Way(props: {
  readonly icon: IconName;
  readonly title: string;
  readonly about: string;
  readonly beside?: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <li className={css['way']}>
      <Icon name={props.icon} />
      <div className={css['wayBody']}>
        <h2 className={css['wayTitle']}>
          {props.title} {props.beside}
        </h2>
        <p className={css['hint']}>{props.about}</p>
        {props.children}
      </div>
    </li>
  );
}

function hasWebln(): boolean {
  return typeof Reflect.get(globalThis, 'webln') === 'object';
}

function ByNwc({
  isBusy,
  onChoose,
}: {
  readonly isBusy: boolean;
  readonly onChoose: (choice: WalletChoice) => void;
}) {
  const text = useWalletText();
  const [uri, setUri] = useState('');
  const trimmed = uri.trim();
  const isBad = trimmed !== '' && !trimmed.startsWith('nostr+walletconnect:');
  const connect = (event: FormEvent) => {
    event.preventDefault();
    onChoose({ by: 'nwc', uri: trimmed });
  };
  return (
    <form className={css['form']} onSubmit={connect}>
      <TextInput
        label={text('nwc-text')}
        description={text('nwc-hint')}
        // A secret: nobody looks over a shoulder at it, and no browser remembers it.
        type="password"
        autoComplete="off"
        placeholder="nostr+walletconnect://…"
        value={uri}
        error={isBad ? text('nwc-bad') : null}
        onChange={(event) => setUri(event.currentTarget.value)}
      />
      <Button type="submit" variant="default" disabled={isBusy || trimmed === '' || isBad}>
        {text('nwc-go')}
      </Button>
    </form>
  );
}
