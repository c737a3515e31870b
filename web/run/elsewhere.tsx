import { Button } from '@mantine/core';
import { useState } from 'react';
import { Dialog, DialogAnswers, Fault, Notice, useCall, useTopic } from '../app/index.ts';
import { useRunText } from './strings.en.ts';

/** The purchases went on in another browser; the person can take them back, and is told what that may cost. */
export function Elsewhere() {
  const text = useRunText();
  const elsewhere = useTopic('elsewhere', null);
  const taking = useCall('books.take-over');
  const [asks, setAsks] = useState(false);
  if (elsewhere == null) return null;
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
      {text('elsewhere-why')}
      {taking.failure !== null && <Fault failure={taking.failure} />}
      {asks && (
        <Dialog title={text('elsewhere-ask')} onClose={() => setAsks(false)}>
          <p>{text('elsewhere-about')}</p>
          <DialogAnswers>
            <Button variant="default" onClick={() => setAsks(false)}>
              {text('leave-it')}
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
