import { Button } from '@mantine/core';
import { useState } from 'react';
import { PubkeyName, revealHidden } from '../app/index.ts';
import type { RunState } from '../engine/contract.ts';
import type { NostrEvent } from '../../src/protocol/index.ts';
import { useRunText } from './strings.en.ts';
import css from './run.module.css';

/** An event longer than this is cut; its id finds the whole. */
const MAX_SHOWN = 20_000;

/** The signed events behind a run, for who wants to see them or file a report. */
export function RawEvents({ run }: { readonly run: RunState }) {
  const text = useRunText();
  const events = run.events.length > 0 ? run.events : [run.purchase.request];
  return (
    <details className={css['log']}>
      <summary>{text('raw-events')}</summary>
      <p className={css['dim']}>{text('raw-about', { count: events.length })}</p>
      <ul className={css['rawList']}>
        {events.slice(0, 200).map((event) => (
          <RawEvent key={event.id} event={event} />
        ))}
      </ul>
    </details>
  );
}

function RawEvent({ event }: { readonly event: NostrEvent }) {
  const text = useRunText();
  const [open, setOpen] = useState(false);
  const [copied, setCopied] = useState(false);
  return (
    <li>
      <details open={open} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary>
          {text('raw-kind', { kind: String(event.kind) })} · <PubkeyName pubkey={event.pubkey} /> ·{' '}
          <code>{event.id.slice(0, 12)}…</code>
        </summary>
        {open && (
          <>
            <Button
              size="compact-xs"
              variant="default"
              onClick={() => void navigator.clipboard.writeText(event.id).then(() => setCopied(true))}
            >
              {text(copied ? 'copied' : 'copy-id')}
            </Button>
            <pre className={css['raw']} tabIndex={0}>
              {revealHidden(JSON.stringify(event, null, 2).slice(0, MAX_SHOWN))}
            </pre>
          </>
        )}
      </details>
    </li>
  );
}
