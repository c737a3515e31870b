import { Button, Textarea } from '@mantine/core';
import { useState } from 'react';
import type { Failure } from '../../src/protocol/index.ts';
import { Ago, Fault, Panel, PubkeyName } from '../app/index.ts';
import type { WrittenWords } from '../engine/index.ts';
import { ContentView } from '../results/index.ts';
import { useWordsText } from './strings.en.ts';
import css from './words.module.css';

const MAX_CHARS = 5000;

/**
 * What was written about a job in private, and a line to write more to one of those who wrote or are written to; no line
 * while there is nobody. `onSend` says whether it was sent.
 */
export function WordsPanel({
  words,
  to,
  isSending,
  failure,
  onSend,
}: {
  readonly words: readonly WrittenWords[];
  /** Who gets what is written now. */
  readonly to: string | null;
  readonly isSending: boolean;
  readonly failure: Failure | null;
  readonly onSend: (text: string) => Promise<boolean>;
}) {
  const text = useWordsText();
  const [written, setWritten] = useState('');
  const send = async () => {
    if (await onSend(written)) setWritten('');
  };
  return (
    <Panel title={text('title')}>
      <p className={css['dim']}>{text('about')}</p>
      {words.length === 0 ? (
        <p className={css['dim']}>{text('none')}</p>
      ) : (
        <ol className={css['words']} aria-live="polite">
          {words.map((said) => (
            <li key={said.id} className={css['said']} data-mine={said.mine}>
              <p className={css['dim']}>
                {said.mine ? text('mine') : <PubkeyName pubkey={said.by} />} · <Ago at={said.at} />
              </p>
              <ContentView content={said.text} mediaType="text/plain" />
            </li>
          ))}
        </ol>
      )}
      {to !== null && (
        <form
          className={css['form']}
          onSubmit={(event) => {
            event.preventDefault();
            void send();
          }}
        >
          <Textarea
            label={text('write')}
            description={<PubkeyName pubkey={to} />}
            rows={2}
            maxLength={MAX_CHARS}
            value={written}
            onChange={(event) => setWritten(event.currentTarget.value)}
          />
          {failure !== null && <Fault failure={failure} />}
          <div>
            <Button type="submit" size="xs" variant="default" disabled={written.trim() === '' || isSending}>
              {text('send')}
            </Button>
          </div>
        </form>
      )}
    </Panel>
  );
}
