import { Button, Textarea } from '@mantine/core';
import { useState } from 'react';
import { Dialog, DialogAnswers } from '../app/index.ts';
import { useWorkText } from './strings.en.ts';

const MAX_CHARS = 500;

/** What a person is asked before it turns a request down, or gives a job up; `about` says what that comes to. */
interface Asked {
  readonly title: string;
  readonly about?: string;
  readonly label: string;
  readonly answer: string;
  /** What was paid goes back. */
  readonly isGrave?: boolean;
}

/** Asks for the words that the customer is to read, before they are sent. */
export function WhyDialog({
  asked,
  onClose,
  onWhy,
}: {
  readonly asked: Asked;
  readonly onClose: () => void;
  readonly onWhy: (why: string) => void;
}) {
  const text = useWorkText();
  const [why, setWhy] = useState('');
  return (
    <Dialog title={asked.title} onClose={onClose}>
      {asked.about !== undefined && <p>{asked.about}</p>}
      <Textarea
        label={asked.label}
        rows={3}
        maxLength={MAX_CHARS}
        value={why}
        onChange={(event) => setWhy(event.currentTarget.value)}
      />
      <DialogAnswers>
        <Button variant="default" onClick={onClose}>
          {text('back')}
        </Button>
        <Button
          {...(asked.isGrave === true ? { color: 'red' } : {})}
          disabled={why.trim() === ''}
          onClick={() => onWhy(why)}
        >
          {asked.answer}
        </Button>
      </DialogAnswers>
    </Dialog>
  );
}
