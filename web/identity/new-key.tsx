import { Button, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { Fault, npubOf, Wait } from '../app/index.ts';
import { Backup } from './backup.tsx';
import { makeKey, opensBackup } from './key-maker.ts';
import type { MadeKey } from './key-messages.ts';
import type { StartSignIn } from './start-sign-in.ts';
import { useIdentityText } from './strings.en.ts';
import css from './identity.module.css';

/** Shorter ones are guessed by whoever finds the backup. */
const MIN_PASSWORD_CHARS = 10;

type Step =
  | { readonly at: 'password' }
  | { readonly at: 'keep'; readonly key: MadeKey }
  | { readonly at: 'confirm'; readonly key: MadeKey };

const STEPS = ['password', 'keep', 'confirm'] as const;

/** A key made in the page. It is used only after its backup was kept, and opened with the password once more. */
export function NewKey({ onSignIn }: { readonly onSignIn: StartSignIn }) {
  const text = useIdentityText();
  const [step, setStep] = useState<Step>({ at: 'password' });
  return (
    <>
      <ol className={css['steps']}>
        {STEPS.map((name) => (
          <li key={name} aria-current={step.at === name ? 'step' : undefined}>
            {text(`new-step-${name}`)}
          </li>
        ))}
      </ol>
      {step.at === 'password' && <ChoosePassword onMade={(key) => setStep({ at: 'keep', key })} />}
      {step.at === 'keep' && (
        <KeepBackup secret={step.key} onKept={() => setStep({ at: 'confirm', key: step.key })} />
      )}
      {step.at === 'confirm' && (
        <Confirm
          secret={step.key}
          onConfirmed={() => void onSignIn({ by: 'new-key', secretKey: step.key.secretKey })}
          onAgain={() => setStep({ at: 'password' })}
        />
      )}
    </>
  );
}

function ChoosePassword({ onMade }: { readonly onMade: (key: MadeKey) => void }) {
  const text = useIdentityText();
  const [password, setPassword] = useState('');
  const [since, setSince] = useState<number | null>(null);
  const [broken, setBroken] = useState<string | null>(null);
  const isShort = password.length < MIN_PASSWORD_CHARS;
  const make = async (event: FormEvent) => {
    event.preventDefault();
    if (isShort) return;
    setSince(Date.now());
    try {
      onMade(await makeKey(password));
    } catch (error) {
      setSince(null);
      setBroken(String(error).slice(0, 200));
    }
  };
  if (since !== null) return <Wait title={text('new-making')} since={since} usualSeconds={2} />;
  return (
    <form className={css['form']} onSubmit={(event) => void make(event)}>
      {broken !== null && <Fault failure={{ code: 'key-not-made', message: broken }} />}
      <TextInput
        label={text('new-password')}
        description={text('new-password-about')}
        type="password"
        autoComplete="new-password"
        value={password}
        error={password !== '' && isShort ? text('new-password-short') : null}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
      <Button type="submit" disabled={isShort}>
        {text('new-make')}
      </Button>
    </form>
  );
}

function KeepBackup({ secret, onKept }: { readonly secret: MadeKey; readonly onKept: () => void }) {
  const text = useIdentityText();
  const [isKept, setKept] = useState(false);
  return (
    <div className={css['form']}>
      <p>{text('new-keep-about')}</p>
      <Backup ncryptsec={secret.ncryptsec} npub={npubOf(secret.pubkey)} onKept={() => setKept(true)} />
      {!isKept && <p className={css['hint']}>{text('new-kept-first')}</p>}
      <Button disabled={!isKept} onClick={onKept}>
        {text('new-next')}
      </Button>
    </div>
  );
}

function Confirm({
  secret,
  onConfirmed,
  onAgain,
}: {
  readonly secret: MadeKey;
  readonly onConfirmed: () => void;
  readonly onAgain: () => void;
}) {
  const text = useIdentityText();
  const [password, setPassword] = useState('');
  const [since, setSince] = useState<number | null>(null);
  const [isWrong, setWrong] = useState(false);
  const confirm = async (event: FormEvent) => {
    event.preventDefault();
    setSince(Date.now());
    const fits = await opensBackup(secret.ncryptsec, password).catch(() => false);
    setSince(null);
    setWrong(!fits);
    if (fits) onConfirmed();
  };
  if (since !== null) return <Wait title={text('new-opening')} since={since} usualSeconds={2} />;
  return (
    <form className={css['form']} onSubmit={(event) => void confirm(event)}>
      <TextInput
        label={text('new-confirm')}
        description={text('new-confirm-about')}
        type="password"
        autoComplete="current-password"
        autoFocus
        value={password}
        error={isWrong ? text('new-confirm-wrong') : null}
        onChange={(event) => {
          setPassword(event.currentTarget.value);
          setWrong(false);
        }}
      />
      <div className={css['row']}>
        <Button type="submit" disabled={password === ''}>
          {text('new-confirm-go')}
        </Button>
        <Button variant="default" onClick={onAgain}>
          {text('new-again')}
        </Button>
      </div>
    </form>
  );
}
