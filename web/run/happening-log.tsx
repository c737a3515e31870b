import { formatTime, PubkeyName, RefusalText, Sats, Untrusted, useLanguage } from '../app/index.ts';
import type { RunHappening } from '../engine/contract.ts';
import { useRunText } from './strings.en.ts';
import css from './run.module.css';

/** Everything that happened to a run, the newest first. */
export function HappeningLog({ happenings }: { readonly happenings: readonly RunHappening[] }) {
  const text = useRunText();
  const language = useLanguage();
  return (
    <details className={css['log']}>
      <summary>
        {text('log')} ({happenings.length})
      </summary>
      <ol reversed>
        {happenings.toReversed().map((happening, index) => (
          <li key={happenings.length - index}>
            <time dateTime={new Date(happening.at * 1000).toISOString()}>
              {formatTime(happening.at, language)}
            </time>
            <span>
              <What what={happening.what} />
            </span>
          </li>
        ))}
      </ol>
    </details>
  );
}

function What({ what }: { readonly what: RunHappening['what'] }) {
  const text = useRunText();
  switch (what.type) {
    case 'sent':
      return text('log-sent', { count: what.relays.length });
    case 'state':
      return text('log-state', { state: text(`state-${what.state}`) });
    case 'offer':
      return (
        <>
          <PubkeyName pubkey={what.providerPubkey} /> {text('log-offer')} <Sats msat={what.amountMsat} />
        </>
      );
    case 'progress':
      return (
        <>
          <PubkeyName pubkey={what.providerPubkey} />{' '}
          {text(what.note.trim() === '' ? 'log-working' : 'log-progress')}{' '}
          <Untrusted max={300}>{what.note}</Untrusted>
        </>
      );
    case 'error':
      return (
        <>
          <PubkeyName pubkey={what.providerPubkey} /> {text('log-error')}{' '}
          <RefusalText code={what.code} detail={what.detail} /> <code>{what.code.slice(0, 40)}</code>
        </>
      );
    case 'partial':
      return (
        <>
          <PubkeyName pubkey={what.providerPubkey} /> {text('log-partial')}
        </>
      );
    case 'result':
      return (
        <>
          <PubkeyName pubkey={what.providerPubkey} /> {text('log-result')}
        </>
      );
  }
}
