import { Panel, PubkeyName } from '../app/index.ts';
import type { RunState } from '../engine/contract.ts';
import { StateChip } from './state-chip.tsx';
import { useRunText } from './strings.en.ts';
import css from './run.module.css';

/** Whom an encrypted wish was sent to, each by a request of its own, and how these stand. */
export function AskedTogether({ run }: { readonly run: RunState }) {
  const text = useRunText();
  if (run.together.length === 0) return null;
  return (
    <Panel title={text('asked-together')}>
      <p className={css['dim']}>{text('asked-together-about')}</p>
      <ul className={css['asked']}>
        {run.together.map(({ requestId, providerPubkey, state }) => (
          <li key={requestId}>
            <PubkeyName pubkey={providerPubkey} /> <StateChip state={state} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}
