import { Panel } from '../app/index.ts';
import { RecordLine, Times } from '../market/index.ts';
import type { ProviderRecord } from '../../src/reputation/index.ts';
import { useDirectoryText } from './strings.en.ts';
import css from './directory.module.css';

/** What is known of somebody's work, as counts, and the events that show it. */
export function RecordPanel({ record }: { readonly record: ProviderRecord }) {
  const text = useDirectoryText();
  const { own, others, ratings, reliability, evidenceIds } = record;
  const rows = [
    ['record-paid', own.paidAndDelivered, others.paidAndDelivered],
    ['record-delivered', own.delivered, others.delivered],
    ['record-lost', own.paidAndUndelivered, null],
    ['record-refunded', own.refunded, null],
    ['record-failed', own.failed, others.failed],
    ['record-complaints', null, others.paidComplaints],
    ['record-customers', null, others.customers],
    ['record-ratings', null, ratings.customers],
  ] as const;
  return (
    <Panel title={text('record')}>
      <p>
        <RecordLine record={record} />
      </p>
      <p className={css['dim']}>
        {reliability === null
          ? text('no-evidence')
          : text('reliability', {
              mean: Math.round(reliability.mean * 100),
              low: Math.round(reliability.low * 100),
              weight: Math.round(reliability.weight * 10) / 10,
            })}
      </p>
      <table className={css['counts']}>
        <thead>
          <tr>
            <td />
            <th scope="col">{text('record-own')}</th>
            <th scope="col">{text('record-others')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, ownCount, othersCount]) => (
            <tr key={name}>
              <th scope="row">{text(name)}</th>
              <td>{ownCount ?? '–'}</td>
              <td>{othersCount ?? '–'}</td>
            </tr>
          ))}
          <tr>
            <th scope="row">{text('usual-worst')}</th>
            <td>
              <Times usual={own.usualSeconds} worst={own.worstSeconds} />
            </td>
            <td>
              <Times usual={others.usualSeconds} worst={others.worstSeconds} />
            </td>
          </tr>
        </tbody>
      </table>
      {evidenceIds.length > 0 && (
        <details className={css['dim']}>
          <summary>{text('evidence', { count: evidenceIds.length })}</summary>
          <ul className={css['ids']}>
            {evidenceIds.map((id) => (
              <li key={id}>
                <code>{id}</code>
              </li>
            ))}
          </ul>
        </details>
      )}
    </Panel>
  );
}
