import { Panel, PubkeyName, Sats } from '../app/index.ts';
import type { JobState } from '../engine/index.ts';
import { useWorkText } from './strings.en.ts';
import css from './workbench.module.css';

/** Who asks, and what the own books know of that key. */
export function CustomerPanel({ job }: { readonly job: JobState }) {
  const text = useWorkText();
  const { paidSales, paidMsat, unpaidSales } = job.record;
  return (
    <Panel title={text('customer')}>
      <PubkeyName pubkey={job.sale.customerPubkey} />
      {paidSales === 0 && unpaidSales === 0 && <p className={css['dim']}>{text('record-none')}</p>}
      {paidSales > 0 && (
        <p>
          {text('record-paid', { count: paidSales })} {text('record-sum')} <Sats msat={paidMsat} />
        </p>
      )}
      {unpaidSales > 0 && <p className={css['late']}>{text('record-unpaid', { count: unpaidSales })}</p>}
    </Panel>
  );
}
