import { Button } from '@mantine/core';
import { useState } from 'react';
import { Dialog, DialogAnswers, FailureText, Notice, useCall } from '../app/index.ts';
import type { WorkbenchState } from '../engine/index.ts';
import { useBenchText } from './bench.strings.en.ts';
import { useWorkText } from './strings.en.ts';

/** Why the workbench is not open, and what can be done about it. */
export function Trouble({ trouble }: { readonly trouble: WorkbenchState['trouble'] }) {
  if (trouble === null) return null;
  return trouble.code === 'worked-elsewhere' ? <Elsewhere trouble={trouble} /> : <Closed trouble={trouble} />;
}

/** Something that the workbench needs does not answer: it is tried again, at once where the person says so. */
function Closed({ trouble }: { readonly trouble: NonNullable<WorkbenchState['trouble']> }) {
  const text = useBenchText();
  const trying = useCall('work.retry');
  return (
    <Notice
      tone="bad"
      title={text('closed')}
      actions={
        <Button
          size="xs"
          variant="default"
          loading={trying.askedAt !== null}
          onClick={() => void trying.ask(null)}
        >
          {text('closed-retry')}
        </Button>
      }
    >
      <p>
        <FailureText failure={trouble} />
      </p>
      <p>{text('closed-about')}</p>
    </Notice>
  );
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
