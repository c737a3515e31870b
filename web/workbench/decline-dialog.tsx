import { Button, Textarea } from '@mantine/core';
import { useState } from 'react';
import { Dialog, DialogAnswers } from '../app/index.ts';
import { useWorkText } from './strings.en.ts';

const MAX_CHARS = 500;

/** Asks what the customer is to read. */
export function DeclineDialog({
  onClose,
  onDecline,
}: {
  readonly onClose: () => void;
  readonly onDecline: (message: string) => void;
}) {
  const text = useWorkText();
  const [why, setWhy] = useState('');
  return (
    <Dialog title={text('decline-title')} onClose={onClose}>
      <Textarea
        label={text('decline-why')}
        rows={3}
        maxLength={MAX_CHARS}
        value={why}
        onChange={(event) => setWhy(event.currentTarget.value)}
      />
      <DialogAnswers>
        <Button variant="default" onClick={onClose}>
          {text('back')}
        </Button>
        <Button disabled={why.trim() === ''} onClick={() => onDecline(why)}>
          {text('decline-send')}
        </Button>
      </DialogAnswers>
    </Dialog>
  );
}
