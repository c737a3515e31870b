import { Link } from '@tanstack/react-router';
import { Sats } from '../app/index.ts';
import type { JobState } from '../engine/index.ts';
import { useWorkText } from './strings.en.ts';
import css from './workbench.module.css';

/** What the customer is still to get back, and from where it is paid. */
export function Owed({ job: { owedMsat } }: { readonly job: JobState }) {
  const text = useWorkText();
  if (owedMsat === null) return null;
  return (
    <p>
      {text('owed')} <Sats msat={owedMsat} />{' '}
      <span className={css['dim']}>
        {text('owed-about')} <Link to="/wallet">{text('quote-to-wallet')}</Link>
      </span>
    </p>
  );
}
