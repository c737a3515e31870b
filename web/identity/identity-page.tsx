import { useState } from 'react';
import { Fault, LanguageSwitch, Page, useCall, useTopic, Wait } from '../app/index.ts';
import type { SessionState } from '../engine/index.ts';
import { KeepBooks, useStorage } from '../storage/index.ts';
import { Books } from './books.tsx';
import { Relays } from './relays.tsx';
import { SignInWays } from './sign-in-ways.tsx';
import { Stuck } from './stuck.tsx';
import { Waiting } from './waiting.tsx';
import { Who } from './who.tsx';
import { useIdentityText } from './strings.en.ts';
import css from './identity.module.css';

/** Who somebody is here, how they say so, and which relays they are on. */
export function IdentityPage() {
  const text = useIdentityText();
  const state = useTopic('session', null);
  const signIn = useCall('session.sign-in');
  const [otherWay, setOtherWay] = useState(false);
  const { isKept } = useStorage();
  const isKeyHere = state?.step === 'signed-in' && isKeptHere(state);
  // Beginning anew ends the attempt before; that is no failure of the new one.
  const failure = signIn.failure?.code === 'superseded' ? null : signIn.failure;
  const start = async (how: Parameters<typeof signIn.ask>[0]) => {
    setOtherWay(false);
    await signIn.ask(how);
  };
  const showsWays = state?.step === 'signed-out' || (state?.step === 'stuck' && otherWay);
  // All at once: what one of them adds later would push the others away.
  if (state === undefined || (isKeyHere && isKept === undefined))
    return (
      <Page title={text('title')}>
        <Opening />
      </Page>
    );
  return (
    <Page title={text('title')} lead={showsWays ? text('lead-out') : undefined}>
      <div className={css['parts']}>
        {state?.step === 'waiting' && <Waiting state={state} />}
        {state?.step === 'stuck' && !otherWay && <Stuck state={state} onOtherWay={() => setOtherWay(true)} />}
        {showsWays && failure !== null && <Fault failure={failure} />}
        {showsWays && <SignInWays onSignIn={start} />}
        {state?.step === 'signed-in' && <Who session={state.session} />}
        {isKeyHere && <KeepBooks what="key" />}
        <Relays />
        {state?.step === 'signed-in' && state.session.canSign && <Books />}
        <LanguageSwitch place="page" />
      </div>
    </Page>
  );
}

/** Whether the key of the session is in this browser. */
function isKeptHere({ session }: Extract<SessionState, { readonly step: 'signed-in' }>): boolean {
  return session.by === 'ncryptsec' || session.by === 'new-key';
}

function Opening() {
  const text = useIdentityText();
  const [since] = useState(() => Date.now());
  return <Wait title={text('wait-key')} since={since} usualSeconds={1} />;
}
