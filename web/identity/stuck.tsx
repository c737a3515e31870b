import { Button } from '@mantine/core';
import { useState } from 'react';
import { Notice, PubkeyName, useCall } from '../app/index.ts';
import type { SessionState } from '../engine/index.ts';
import { SignOut } from './sign-out.tsx';
import { useIdentityText } from './strings.en.ts';

/** A session that cannot go on by itself: why, and what to do. */
export function Stuck({
  state,
  onOtherWay,
}: {
  readonly state: Extract<SessionState, { readonly step: 'stuck' }>;
  readonly onOtherWay: () => void;
}) {
  const text = useIdentityText();
  const resume = useCall('session.resume');
  const [leaving, setLeaving] = useState(false);
  return (
    <Notice
      tone="warn"
      title={text(`stuck-${state.why}`)}
      actions={
        <>
          {state.why !== 'locked' && (
            <Button loading={resume.askedAt !== null} onClick={() => void resume.ask(null)}>
              {text('try-again')}
            </Button>
          )}
          <Button variant="default" onClick={onOtherWay}>
            {text('other-way')}
          </Button>
          <Button variant="default" onClick={() => setLeaving(true)}>
            {text('sign-out')}
          </Button>
        </>
      }
    >
      <p>
        <PubkeyName pubkey={state.pubkey} />
      </p>
      <p>{text(`stuck-${state.why}-about`)}</p>
      {leaving && <SignOut isKeptHere={false} onClose={() => setLeaving(false)} />}
    </Notice>
  );
}
