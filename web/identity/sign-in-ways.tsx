import { Button, Textarea, TextInput } from '@mantine/core';
import { useId, useState, type FormEvent, type ReactNode } from 'react';
import { Icon, type IconName } from '../app/index.ts';
import { NewKey } from './new-key.tsx';
import type { StartSignIn } from './start-sign-in.ts';
import { useIdentityText } from './strings.en.ts';
import css from './identity.module.css';

const WAYS = [
  { name: 'extension', icon: 'puzzle' },
  { name: 'app', icon: 'phone' },
  { name: 'new', icon: 'key' },
  { name: 'backup', icon: 'lock' },
  { name: 'look', icon: 'eye' },
] as const satisfies readonly { name: string; icon: IconName }[];

type WayName = (typeof WAYS)[number]['name'];

/** The ways to say who one is, one of them open. */
export function SignInWays({ onSignIn }: { readonly onSignIn: StartSignIn }) {
  const text = useIdentityText();
  const [open, setOpen] = useState<WayName | null>(() => (hasExtension() ? 'extension' : null));
  const bodies: Record<WayName, ReactNode> = {
    extension: <ByExtension onSignIn={onSignIn} />,
    app: <ByApp onSignIn={onSignIn} />,
    new: <NewKey onSignIn={onSignIn} />,
    backup: <ByBackup onSignIn={onSignIn} />,
    look: <ByLooking onSignIn={onSignIn} />,
  };
  return (
    <ul className={css['ways']} aria-label={text('ways-in')}>
      {WAYS.map(({ name, icon }) => (
        <Way
          key={name}
          icon={icon}
          title={text(`way-${name}`)}
          about={text(`way-${name}-about`)}
          isOpen={open === name}
          onToggle={() => setOpen(open === name ? null : name)}
        >
          {bodies[name]}
        </Way>
      ))}
    </ul>
  );
}

function Way(props: {
  readonly icon: IconName;
  readonly title: string;
  readonly about: string;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
  readonly children: ReactNode;
}) {
  const id = useId();
  return (
    <li className={css['way']} data-open={props.isOpen}>
      <h2 className={css['wayHead']}>
        <button
          type="button"
          className={css['wayButton']}
          aria-expanded={props.isOpen}
          aria-controls={id}
          onClick={props.onToggle}
        >
          <Icon name={props.icon} />
          <span className={css['wayWords']}>
            <span className={css['wayTitle']}>{props.title}</span>
            <span className={css['wayAbout']}>{props.about}</span>
          </span>
        </button>
      </h2>
      <div id={id} className={css['wayBody']} hidden={!props.isOpen}>
        {props.isOpen && props.children}
      </div>
    </li>
  );
}

function hasExtension(): boolean {
  return typeof Reflect.get(globalThis, 'nostr') === 'object';
}

function ByExtension({ onSignIn }: { readonly onSignIn: StartSignIn }) {
  const text = useIdentityText();
  if (!hasExtension()) return <p>{text('extension-absent')}</p>;
  return <Button onClick={() => void onSignIn({ by: 'extension' })}>{text('extension-go')}</Button>;
}

function ByApp({ onSignIn }: { readonly onSignIn: StartSignIn }) {
  const text = useIdentityText();
  const [uri, setUri] = useState('');
  return (
    <>
      <div className={css['row']}>
        <Button onClick={() => void onSignIn({ by: 'nostrconnect' })}>{text('app-scan')}</Button>
        <span className={css['hint']}>{text('app-scan-about')}</span>
      </div>
      <form className={css['form']} onSubmit={submits(() => onSignIn({ by: 'bunker', uri }))}>
        <TextInput
          label={text('app-bunker')}
          description={text('app-bunker-about')}
          placeholder="bunker://…"
          autoComplete="off"
          spellCheck={false}
          value={uri}
          onChange={(event) => setUri(event.currentTarget.value)}
        />
        <Button type="submit" variant="default" disabled={uri.trim() === ''}>
          {text('app-bunker-go')}
        </Button>
      </form>
    </>
  );
}

function ByBackup({ onSignIn }: { readonly onSignIn: StartSignIn }) {
  const text = useIdentityText();
  const [ncryptsec, setNcryptsec] = useState('');
  const [password, setPassword] = useState('');
  const trimmed = ncryptsec.trim();
  const isBare = /^(nsec1|[0-9a-f]{64}$)/i.test(trimmed);
  const isBad = trimmed !== '' && !/^ncryptsec1[02-9ac-hj-np-z]*$/.test(trimmed);
  return (
    <form
      className={css['form']}
      onSubmit={submits(() => onSignIn({ by: 'ncryptsec', ncryptsec: trimmed, password }))}
    >
      <Textarea
        label={text('backup-text')}
        rows={3}
        spellCheck={false}
        autoComplete="off"
        value={ncryptsec}
        error={isBare ? text('backup-plain') : isBad ? text('backup-bad') : null}
        onChange={(event) => setNcryptsec(event.currentTarget.value)}
      />
      <TextInput
        label={text('password')}
        type="password"
        autoComplete="current-password"
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
      <Button type="submit" disabled={trimmed === '' || isBad || password === ''}>
        {text('backup-go')}
      </Button>
    </form>
  );
}

function ByLooking({ onSignIn }: { readonly onSignIn: StartSignIn }) {
  const text = useIdentityText();
  const [pubkey, setPubkey] = useState('');
  return (
    <form className={css['form']} onSubmit={submits(() => onSignIn({ by: 'read-only', pubkey }))}>
      <TextInput
        label={text('look-text')}
        placeholder="npub1…"
        autoComplete="off"
        spellCheck={false}
        value={pubkey}
        onChange={(event) => setPubkey(event.currentTarget.value)}
      />
      <Button type="submit" disabled={pubkey.trim() === ''}>
        {text('look-go')}
      </Button>
    </form>
  );
}

/** Forms go nowhere: the policy of the page forbids it. */
function submits(act: () => Promise<void>) {
  return (event: FormEvent) => {
    event.preventDefault();
    void act();
  };
}
