import { Button, Textarea } from '@mantine/core';
import { useState } from 'react';
import { Ago, Fault, Panel, useCall } from '../app/index.ts';
import type { JobState, WrittenWords } from '../engine/index.ts';
import { ContentView } from '../results/index.ts';
import { useWorkText } from './strings.en.ts';
import css from './workbench.module.css';

const MAX_CHARS = 5000;

/** What both sides wrote in private, and a line to write more. */
export function WordsPanel({ job }: { readonly job: JobState }) {
  const text = useWorkText();
  const asking = useCall('work.write');
  const [written, setWritten] = useState('');
  const send = async () => {
    const sent = await asking.ask({ requestId: job.row.requestId, text: written });
    if (sent?.ok === true) setWritten('');
  };
  return (
    <Panel title={text('words')}>
      <p className={css['dim']}>{text('words-about')}</p>
      {job.words.length === 0 ? (
        <p className={css['dim']}>{text('words-none')}</p>
      ) : (
        <ol className={css['words']} aria-live="polite">
          {job.words.map((words) => (
            <Said key={words.id} words={words} />
          ))}
        </ol>
      )}
      <form
        className={css['form']}
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <Textarea
          label={text('words-write')}
          rows={2}
          maxLength={MAX_CHARS}
          value={written}
          onChange={(event) => setWritten(event.currentTarget.value)}
        />
        {asking.failure !== null && <Fault failure={asking.failure} />}
        <div className={css['actions']}>
          <Button
            type="submit"
            size="xs"
            variant="default"
            disabled={written.trim() === '' || asking.askedAt !== null}
          >
            {text('words-send')}
          </Button>
        </div>
      </form>
    </Panel>
  );
}

function Said({ words }: { readonly words: WrittenWords }) {
  const text = useWorkText();
  return (
    <li className={css['said']} data-mine={words.mine}>
      <p className={css['dim']}>
        {text(words.mine ? 'words-mine' : 'words-theirs')} · <Ago at={words.at} />
      </p>
      <ContentView content={words.text} mediaType="text/plain" />
    </li>
  );
}
