import { Button, Textarea } from '@mantine/core';
import { useState } from 'react';
import { Dialog, DialogAnswers } from '../app/index.ts';
import { useWorkText } from './strings.en.ts';

const MAX_CHARS = 500;

/** Asks whether a job that was taken is really to end without a result. */
export function GiveUpDialog({
  onClose,
  onGiveUp,
}: {
  readonly onClose: () => void;
  readonly onGiveUp: (reason: string) => void;
}) {
  const text = useWorkText();
  const [why, setWhy] = useState('');
  return (
    <Dialog title={text('give-up-title')} onClose={onClose}>
      <p>{text('give-up-about')}</p>
      <Textarea
        label={text('give-up-why')}
        rows={3}
        maxLength={MAX_CHARS}
        value={why}
        onChange={(event) => setWhy(event.currentTarget.value)}
      />
      <DialogAnswers>
        <Button variant="default" onClick={onClose}>
          {text('back')}
        </Button>
        <Button color="red" disabled={why.trim() === ''} onClick={() => onGiveUp(why)}>
          {text('give-up-send')}
        </Button>
      </DialogAnswers>
    </Dialog>
  );
}
