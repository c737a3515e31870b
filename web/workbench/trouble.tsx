import { Button } from '@mantine/core';
import { useState } from 'react';
import { Dialog, DialogAnswers, FailureText, Fault, Notice, useCall } from '../app/index.ts';
import type { WorkbenchState } from '../engine/index.ts';
import { useWorkText } from './strings.en.ts';

/** Why nothing can be sold now, and what can be done about it. */
export function Trouble({ trouble }: { readonly trouble: WorkbenchState['trouble'] }) {
  if (trouble === null) return null;
  return trouble.code === 'worked-elsewhere' ? <Elsewhere trouble={trouble} /> : <Fault failure={trouble} />;
}

/** The books went to another browser, which works on; the person can come back, and is told what that may cost. */
function Elsewhere({ trouble }: { readonly trouble: NonNullable<WorkbenchState['trouble']> }) {
  const text = useWorkText();
  const taking = useCall('work.take-over');
  const [asks, setAsks] = useState(false);
  return (
    <Notice
      tone="warn"
      title={text('elsewhere')}
      actions={
        <Button size="xs" variant="default" loading={taking.askedAt !== null} onClick={() => setAsks(true)}>
          {text('elsewhere-here')}
        </Button>
      }
    >
      <FailureText failure={trouble} />
      {asks && (
        <Dialog title={text('elsewhere-ask')} onClose={() => setAsks(false)}>
          <p>{text('elsewhere-about')}</p>
          <DialogAnswers>
            <Button variant="default" onClick={() => setAsks(false)}>
              {text('back')}
            </Button>
            <Button
              color="red"
              onClick={() => {
                setAsks(false);
                void taking.ask(null);
              }}
            >
              {text('elsewhere-here')}
            </Button>
          </DialogAnswers>
        </Dialog>
      )}
    </Notice>
  );
}
