import { Button } from '@mantine/core';
import { useState } from 'react';
import { Dialog, DialogAnswers, Fault, Notice, PubkeyName, useCall, Wait } from '../app/index.ts';
import type { RunResult } from '../engine/contract.ts';
import { useResultsText } from './strings.en.ts';
import css from './results.module.css';

type ProposedAction = RunResult['actions'][number];

const MOST_NAMED = 20;

/** What a result proposes to do to the reader's lists; each needs a word of consent. */
export function ListActions({ actions }: { readonly actions: readonly ProposedAction[] }) {
  const text = useResultsText();
  const [asked, setAsked] = useState<ProposedAction | null>(null);
  const [applied, setApplied] = useState(false);
  const proposed = actions.filter(({ pubkeys }) => pubkeys.length > 0).slice(0, 8);
  if (proposed.length === 0) return null;
  return (
    <Notice
      title={text('actions-title')}
      actions={proposed.map((action, index) => (
        <Button key={index} size="compact-md" variant="default" onClick={() => setAsked(action)}>
          {text(`action-${action.action}`, { count: action.pubkeys.length })}
        </Button>
      ))}
    >
      <span role="status">{text(applied ? 'applied' : 'actions-about')}</span>
      {asked !== null && (
        <Consent
          proposed={asked}
          onClose={(done) => {
            setAsked(null);
            if (done) setApplied(true);
          }}
        />
      )}
    </Notice>
  );
}

function Consent({
  proposed: { action, pubkeys },
  onClose,
}: {
  readonly proposed: ProposedAction;
  readonly onClose: (done: boolean) => void;
}) {
  const text = useResultsText();
  const applying = useCall('market.apply-action');
  const apply = async () => {
    const done = await applying.ask({ action, pubkeys });
    if (done?.ok === true) onClose(true);
  };
  return (
    <Dialog title={text('consent-title')} onClose={() => onClose(false)}>
      <p>
        <strong>{text(`action-${action}`, { count: pubkeys.length })}</strong>
      </p>
      <ul className={css['named']}>
        {pubkeys.slice(0, MOST_NAMED).map((pubkey) => (
          <li key={pubkey}>
            <PubkeyName pubkey={pubkey} />
          </li>
        ))}
        {pubkeys.length > MOST_NAMED && (
          <li>{text('consent-rest', { count: pubkeys.length - MOST_NAMED })}</li>
        )}
      </ul>
      <p className={css['dim']}>{text('consent-about')}</p>
      {applying.failure !== null && <Fault failure={applying.failure} />}
      {applying.askedAt === null ? (
        <DialogAnswers>
          <Button variant="default" onClick={() => onClose(false)}>
            {text('consent-no')}
          </Button>
          <Button onClick={() => void apply()}>{text('consent-yes')}</Button>
        </DialogAnswers>
      ) : (
        <Wait title={text('applying-title')} since={applying.askedAt} usualSeconds={3} />
      )}
    </Dialog>
  );
}
