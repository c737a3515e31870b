import { Panel, Untrusted } from '../app/index.ts';
import type { JobState } from '../engine/index.ts';
import { useWorkText } from './strings.en.ts';
import css from './workbench.module.css';

/** What became of a job that was delivered: its money, and what the customer says of it. */
export function ResultOf({ job }: { readonly job: JobState }) {
  const text = useWorkText();
  const { sale, picture } = job;
  const isEarned = sale.money === 'settled' || sale.money === 'none';
  const review = picture?.providers
    .find(({ pubkey }) => pubkey === sale.providerPubkey)
    ?.reviews.findLast(({ review: { rating } }) => rating !== null)?.review;
  return (
    <Panel>
      <p>{text(isEarned ? 'ended-delivered' : 'ended-delivered-open')}</p>
      <h2>{text('review-title')}</h2>
      {review === undefined ? (
        <p className={css['dim']}>{text('review-none')}</p>
      ) : (
        <p>
          <strong>{text((review.rating ?? 0) >= 0.5 ? 'review-good' : 'review-bad')}</strong>{' '}
          {Math.round((review.rating ?? 0) * 100)} % <Untrusted max={1000}>{review.comment}</Untrusted>
        </p>
      )}
    </Panel>
  );
}
