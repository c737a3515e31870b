import { Button } from '@mantine/core';
import { useState } from 'react';
import { Chip, Notice, npubOf, Panel, PubkeyName } from '../app/index.ts';
import type { Session } from '../engine/index.ts';
import { BackUpAgain } from './back-up-again.tsx';
import { CopyButton } from './copy-button.tsx';
import { SignOut } from './sign-out.tsx';
import { useIdentityText } from './strings.en.ts';
import css from './identity.module.css';

/** Who is signed in, and what they can do about it. */
export function Who({ session }: { readonly session: Session }) {
  const text = useIdentityText();
  const [leaving, setLeaving] = useState(false);
  const npub = npubOf(session.pubkey);
  const isKeptHere = session.by === 'ncryptsec' || session.by === 'new-key';
  return (
    <Panel
      title={text('who-title')}
      beside={
        <Button variant="default" size="xs" onClick={() => setLeaving(true)}>
          {text('sign-out')}
        </Button>
      }
    >
      <div className={css['who']}>
        <PubkeyName pubkey={session.pubkey} name={session.name} />
        <Chip tone={session.canSign ? 'good' : 'warn'}>{text(`by-${session.by}`)}</Chip>
      </div>
      {!session.canSign && <Notice>{text('read-only-about')}</Notice>}
      <dl className={css['facts']}>
        <dt>{text('public-key')}</dt>
        <dd>
          <code>{npub}</code>
        </dd>
      </dl>
      <div className={css['row']}>
        <CopyButton what={npub} label={text('copy')} />
      </div>
      {isKeptHere && <BackUpAgain npub={npub} />}
      {leaving && <SignOut isKeptHere={isKeptHere} onClose={() => setLeaving(false)} />}
    </Panel>
  );
}
