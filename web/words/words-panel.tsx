import { Button, NativeSelect, Textarea } from '@mantine/core';
import { useState } from 'react';
import type { Failure } from '../../src/protocol/index.ts';
import { Ago, Fault, npubOf, Panel, PubkeyName } from '../app/index.ts';
import type { WrittenWords } from '../engine/index.ts';
import { ContentView } from '../results/index.ts';
import { useWordsText } from './strings.en.ts';
import css from './words.module.css';

const MAX_CHARS = 5000;

/**
 * What was written about a job in private, and a line to write more to one of those in `to`; no line while there is
 * nobody. `onSend` says whether it was sent.
 */
export function WordsPanel({
  words,
  to,
  isSending,
  failure,
  onSend,
}: {
  readonly words: readonly WrittenWords[];
  /** Who can be written to, the likeliest first. */
  readonly to: readonly string[];
  readonly isSending: boolean;
  readonly failure: Failure | null;
  readonly onSend: (text: string, to: string) => Promise<boolean>;
}) {
  const text = useWordsText();
  const [written, setWritten] = useState('');
  /** Whom the person chose, or had before its eyes when it began to write: what comes in meanwhile changes nobody. */
  const [kept, setKept] = useState<string | null>(null);
  const addressee = kept ?? to[0];
  const choices = kept === null || to.includes(kept) ? to : [kept, ...to];
  const send = async () => {
    if (addressee === undefined || !(await onSend(written, addressee))) return;
    setWritten('');
    setKept(null);
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
      {addressee !== undefined && (
        <form
          className={css['form']}
          onSubmit={(event) => {
            event.preventDefault();
            void send();
          }}
        >
          <Textarea
            label={text('write')}
            description={<PubkeyName pubkey={addressee} />}
            rows={2}
            maxLength={MAX_CHARS}
            value={written}
            onChange={(event) => {
              setWritten(event.currentTarget.value);
              setKept(addressee);
            }}
          />
          {failure !== null && <Fault failure={failure} />}
          <div className={css['row']}>
            <Button type="submit" size="xs" variant="default" disabled={written.trim() === '' || isSending}>
              {text('send')}
            </Button>
            {choices.length > 1 && (
              <NativeSelect
                size="xs"
                aria-label={text('to')}
                value={addressee}
                data={choices.map((pubkey) => ({
                  value: pubkey,
                  label: text('to-whom', { npub: shortOf(pubkey) }),
                }))}
                onChange={(event) => setKept(event.currentTarget.value)}
              />
            )}
          </div>
        </form>
      )}
    </Panel>
  );
}

/** A key as lists show it. */
function shortOf(pubkey: string): string {
  const npub = npubOf(pubkey);
  return `${npub.slice(0, 9)}…${npub.slice(-4)}`;
}
