import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { Notice, Page, Panel, PubkeyName, useTopic, Wait } from '../app/index.ts';
import type { Session } from '../engine/index.ts';
import { keptWhileOpen } from './kept-writing.ts';
import { OwnSigns, useOwnSigns } from './own-signs.tsx';
import { ServerConfig } from './server-config.tsx';
import { ServerForm } from './server-form.tsx';
import { newSign, type WrittenSign } from './server-sign.ts';
import { useServerText } from './server.strings.en.ts';
import css from './selling.module.css';

/** Most programs that sell here write text. */
const FIRST_KIND = 5050;

const useKeptSign = keptWhileOpen(() => newSign(FIRST_KIND));

/** Where whoever runs a server writes its announcement, step by step, and has it signed by the server's own key. */
export function ServerPage() {
  const text = useServerText();
  const state = useTopic('session', null);
  const session = state?.step === 'signed-in' && state.session.canSign ? state.session : null;
  const own = useOwnSigns(session?.pubkey ?? null);
  const [sign, setSign] = useKeptSign();
  const [begun, setBegun] = useState(0);
  const edit = (written: WrittenSign) => {
    setSign(written);
    setBegun(begun + 1);
  };
  const [opened] = useState(() => Date.now());
  // All at once: what comes later would push the form away.
  if (state === undefined || state.step === 'waiting' || (session !== null && own.signs === null))
    return (
      <Page title={text('title')} lead={text('lead')}>
        <Wait title={text('own-looking')} since={opened} usualSeconds={2} />
      </Page>
    );
  const signs = own.signs ?? [];
  return (
    <Page title={text('title')} lead={text('lead')}>
      <div className={css['form']}>
        <Signer session={session} />
        {session !== null && <OwnSigns signs={signs} onEdit={edit} onTakenDown={own.lookAgain} />}
        <ServerForm
          key={begun}
          takesFocus={begun > 0}
          sign={sign}
          pubkey={session?.pubkey ?? null}
          signs={signs.map(({ announcement }) => announcement)}
          onSign={setSign}
          onAnnounced={own.lookAgain}
          onAnother={() => edit(newSign(FIRST_KIND))}
        />
        <ServerConfig sign={sign} />
      </div>
    </Page>
  );
}

/** Whose sign it will be. */
function Signer({ session }: { readonly session: Session | null }) {
  const text = useServerText();
  if (session === null)
    return (
      <Notice
        tone="warn"
        title={text('sign-in-first')}
        actions={
          <Button size="xs" variant="default" renderRoot={(props) => <Link to="/you" {...props} />}>
            {text('sign-in')}
          </Button>
        }
      >
        {text('sign-in-first-about')}
      </Notice>
    );
  return (
    <Panel title={text('signed-by')}>
      <PubkeyName pubkey={session.pubkey} name={session.name} />
      <p className={css['dim']}>{text('signed-by-about')}</p>
    </Panel>
  );
}
