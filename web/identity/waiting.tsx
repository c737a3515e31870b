import { Button } from '@mantine/core';
import { lazy, Suspense, useState } from 'react';
import { useCall, Wait } from '../app/index.ts';
import type { SessionState, SignIn } from '../engine/index.ts';
import { ApproveAt } from './approve-at.tsx';
import { CopyButton } from './copy-button.tsx';
import { useIdentityText } from './strings.en.ts';
import css from './identity.module.css';

const QrCode = lazy(async () => ({ default: (await import('./qr-code.tsx')).QrCode }));

type WaitingState = Extract<SessionState, { readonly step: 'waiting' }>;

const WAITS = {
  extension: { title: 'wait-extension', known: 'wait-extension-known', usualSeconds: 15 },
  bunker: { title: 'wait-bunker', known: 'wait-bunker-known', usualSeconds: 5 },
  nostrconnect: { title: 'wait-app', known: 'wait-app-known', usualSeconds: 30 },
  ncryptsec: { title: 'wait-key', known: null, usualSeconds: 2 },
  'new-key': { title: 'wait-key', known: null, usualSeconds: 2 },
  'read-only': { title: 'wait-key', known: null, usualSeconds: 1 },
} as const satisfies Record<SignIn['by'], object>;

/** A signer is asked: what it is, where its owner agrees, and the way out. */
export function Waiting({ state }: { readonly state: WaitingState }) {
  const text = useIdentityText();
  const signOut = useCall('session.sign-out');
  const [since] = useState(() => Date.now());
  const { title, known, usualSeconds } = WAITS[state.by];
  return (
    <>
      <Wait
        title={text(title)}
        since={since}
        usualSeconds={usualSeconds}
        known={known === null ? [] : [text(known)]}
        actions={
          <Button variant="default" onClick={() => void signOut.ask(null)}>
            {text('cancel')}
          </Button>
        }
      />
      {state.approveAt !== null && <ApproveAt url={state.approveAt} />}
      {state.connectUri !== null && <Offer uri={state.connectUri} />}
    </>
  );
}

function Offer({ uri }: { readonly uri: string }) {
  const text = useIdentityText();
  if (!/^nostrconnect:\/\/[0-9a-f]{64}\?/.test(uri)) return null;
  return (
    <div className={css['offer']}>
      <div className={css['qr']}>
        <Suspense fallback={null}>
          <QrCode value={uri} title={text('qr-alt')} />
        </Suspense>
      </div>
      <div className={css['offerWords']}>
        <p>{text('app-scan-about')}</p>
        <p className={css['hint']}>{text('qr-secret')}</p>
        <div className={css['row']}>
          <CopyButton what={uri} label={text('copy-link')} />
          <Button variant="default" component="a" href={uri}>
            {text('open-app')}
          </Button>
        </div>
      </div>
    </div>
  );
}
