import { Ago, Panel } from '../app/index.ts';
import { LivenessLadder } from '../market/index.ts';
import type { LivenessReport } from '../../src/directory/index.ts';
import { useDirectoryText } from './strings.en.ts';
import css from './directory.module.css';

/** The ladder of life, rung by rung: what was last seen, when, and who vouches for it. */
export function LifePanel({ liveness }: { readonly liveness: LivenessReport }) {
  const text = useDirectoryText();
  return (
    <Panel title={text('life')}>
      <ol className={css['rungs']} reversed>
        {liveness.steps.toReversed().map((rung) => (
          <li key={rung.step}>
            <LivenessLadder liveness={{ ...liveness, step: rung.step }} />
            <span className={css['dim']}>
              <Ago at={rung.at} />, {text('life-evidence')} {text(`by-${rung.by}`)}
            </span>
          </li>
        ))}
      </ol>
    </Panel>
  );
}
