import { Panel, PubkeyName } from '../app/index.ts';
import { ContentView } from '../results/index.ts';
import type { RunState } from '../engine/contract.ts';
import { useRunText } from './strings.en.ts';
import css from './run.module.css';

const MOST_SHOWN = 8;

/** What came so far, as it streams; each provider's latest. */
export function Partials({ partials }: { readonly partials: RunState['partials'] }) {
  const text = useRunText();
  if (partials.length === 0) return null;
  return (
    <Panel title={text('partials')}>
      {partials.slice(0, MOST_SHOWN).map(({ providerPubkey, content }) => (
        <article key={providerPubkey} className={css['partial']}>
          <p className={css['dim']}>
            {text('partial-of')} <PubkeyName pubkey={providerPubkey} />
          </p>
          <ContentView content={content} mediaType="text/plain" />
        </article>
      ))}
    </Panel>
  );
}
