import { Button } from '@mantine/core';
import { Notice, PubkeyName, useCall } from '../app/index.ts';
import type { SessionState } from '../engine/index.ts';
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
        </>
      }
    >
      <p>
        <PubkeyName pubkey={state.pubkey} />
      </p>
      <p>{text(`stuck-${state.why}-about`)}</p>
    </Notice>
  );
}
