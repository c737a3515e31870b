import { Button, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { Fault, useCall, Wait } from '../app/index.ts';
import { Backup } from './backup.tsx';
import { useIdentityText } from './strings.en.ts';
import css from './identity.module.css';

/** Another backup of a key that this browser keeps. */
export function BackUpAgain({ npub }: { readonly npub: string }) {
  const text = useIdentityText();
  const exporting = useCall('session.export-key');
  const [password, setPassword] = useState('');
  const [ncryptsec, setNcryptsec] = useState<string | null>(null);
  const isShort = password.length < 10;
  const make = async (event: FormEvent) => {
    event.preventDefault();
    const exported = await exporting.ask({ password });
    if (exported?.ok !== true) return;
    setPassword('');
    setNcryptsec(exported.value);
  };
  return (
    <details className={css['more']}>
      <summary>{text('save-again')}</summary>
      <form className={css['form']} onSubmit={(event) => void make(event)}>
        <TextInput
          label={text('new-password')}
          description={text('save-again-about')}
          type="password"
          autoComplete="new-password"
          value={password}
          error={password !== '' && isShort ? text('new-password-short') : null}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <Button type="submit" variant="default" disabled={isShort || exporting.askedAt !== null}>
          {text('save-again-go')}
        </Button>
        {exporting.askedAt !== null && (
          <Wait title={text('save-again-making')} since={exporting.askedAt} usualSeconds={2} />
        )}
        {exporting.failure !== null && <Fault failure={exporting.failure} />}
        {ncryptsec !== null && <Backup ncryptsec={ncryptsec} npub={npub} onKept={() => undefined} />}
      </form>
    </details>
  );
}
