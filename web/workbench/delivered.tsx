import { Fault, Icon, Panel, Untrusted } from '../app/index.ts';
import type { JobState } from '../engine/index.ts';
import { ContentView } from '../results/index.ts';
import { endOf } from './money-ends.ts';
import { Owed } from './owed.tsx';
import { useWorkText } from './strings.en.ts';
import css from './workbench.module.css';

/** What became of a job that was delivered: its money, what the customer says of it, and what it got. */
export function ResultOf({ job }: { readonly job: JobState }) {
  const text = useWorkText();
  return (
    <>
      <Panel>
        <p>{text(endOf(job.sale))}</p>
        <Owed job={job} />
        {job.sale.failure !== null && <Fault failure={job.sale.failure} />}
        <h2>{text('review-title')}</h2>
        <Review job={job} />
      </Panel>
      {job.delivered !== null && <Delivered job={job} delivered={job.delivered} />}
    </>
  );
}

const STARS = [1, 2, 3, 4, 5] as const;

function Review({ job: { sale, picture } }: { readonly job: JobState }) {
  const text = useWorkText();
  const review = picture?.providers
    .find(({ pubkey }) => pubkey === sale.providerPubkey)
    ?.reviews.findLast(({ review: { rating } }) => rating !== null)?.review;
  if (review === undefined) return <p className={css['dim']}>{text('review-none')}</p>;
  const stars = 1 + Math.round((review.rating ?? 0) * 4);
  return (
    <p>
      <span className={css['stars']}>
        {STARS.map((star) => (
          <Icon key={star} name="star" filled={star <= stars} />
        ))}
        <span className="said">{text('review-stars', { count: stars })}</span>
      </span>{' '}
      <Untrusted max={1000}>{review.comment}</Untrusted>
    </p>
  );
}

/** What the customer got, as it reads it, or was to get. */
function Delivered({
  job,
  delivered,
}: {
  readonly job: JobState;
  readonly delivered: NonNullable<JobState['delivered']>;
}) {
  const text = useWorkText();
  const { work } = job.sale;
  const hasIt = work === 'delivered' || work === 'closed';
  const { content, mediaType, file } = delivered;
  return (
    <Panel title={text(hasIt ? 'delivered-title' : 'made-title')}>
      {file !== null && (
        <p>
          {text('delivered-file')} <Untrusted max={80}>{file.name ?? file.mediaType ?? ''}</Untrusted>{' '}
          {file.sizeBytes !== null && text('file-size', { size: Math.ceil(file.sizeBytes / 1000) })}
        </p>
      )}
      {file === null && <ContentView content={content} mediaType={mediaType} />}
      {file !== null && content !== '' && <Untrusted max={20_000}>{content}</Untrusted>}
    </Panel>
  );
}
