import {
  Ago,
  Chip,
  formatSeconds,
  KindName,
  PubkeyName,
  Sats,
  Untrusted,
  useNow,
  VirtualList,
  useLanguage,
} from '../app/index.ts';
import type { JobRow } from '../engine/index.ts';
import { useBenchText } from './bench.strings.en.ts';
import { useWorkText } from './strings.en.ts';
import css from './workbench.module.css';

/** Jobs of one sort; without any there is no list, unless it has something to say then. */
export function JobList({
  title,
  rows,
  whenEmpty,
}: {
  readonly title: string;
  readonly rows: readonly JobRow[];
  readonly whenEmpty?: string;
}) {
  if (rows.length === 0 && whenEmpty === undefined) return null;
  return (
    <section className={css['list']}>
      <h2>
        {title} {rows.length > 0 && <span className={css['count']}>{rows.length}</span>}
      </h2>
      {rows.length === 0 ? (
        <p className={css['dim']}>{whenEmpty}</p>
      ) : (
        <VirtualList items={rows} estimatedHeight={76} label={title} keyOf={requestOf} Row={JobLine} />
      )}
    </section>
  );
}

const requestOf = ({ requestId }: JobRow) => requestId;

function JobLine({ item: row }: { readonly item: JobRow }) {
  const text = useWorkText();
  const benchText = useBenchText();
  const asked = row.work === 'received' ? text('row-bid') : text('row-asked');
  return (
    // A plain link: the router's own costs too much to be made by the hundred while the list scrolls.
    <a href={`#/workbench/${row.requestId}`} className={css['row']}>
      <span className={css['rowHead']}>
        <strong>
          <KindName kind={row.kind} />
        </strong>
        <WorkChip row={row} />
        <OwedChip money={row.money} />
        {row.troubled !== null && <Chip tone="bad">{benchText(`row-${row.troubled}`)}</Chip>}
        {row.followUp !== null && (
          <Chip>
            {text(row.followUp.step === 'milestone' ? 'row-step' : 'row-revision', {
              number: row.followUp.number,
            })}
          </Chip>
        )}
        {row.encrypted && <Chip>{text('encrypted')}</Chip>}
        {row.unread > 0 && <Chip tone="good">{text('unread', { count: row.unread })}</Chip>}
      </span>
      <span className={css['rowAbout']}>
        <Untrusted max={160}>{row.about}</Untrusted>
      </span>
      <span className={css['rowFoot']}>
        <PubkeyName pubkey={row.customerPubkey} />
        {row.amountMsat !== null && (
          <span>
            {asked} <Sats msat={row.amountMsat} />
          </span>
        )}
        <Due row={row} />
        <Ago at={row.askedAt} />
      </span>
    </a>
  );
}

/** Where a job stands, in a word. */
export function WorkChip({ row }: { readonly row: Pick<JobRow, 'work' | 'money'> }) {
  const text = useWorkText();
  const isOffer = row.work === 'accepted' && row.money === 'quoted';
  const isWork = row.work === 'working' || row.work === 'received';
  const hasFailed = row.work === 'failed' || row.work === 'expired';
  return (
    <Chip tone={isWork ? 'warn' : hasFailed ? 'bad' : 'plain'}>
      {isOffer ? text('work-offered') : text(`work-${row.work}`)}
    </Chip>
  );
}

/** How long there still is to answer, to be paid or to deliver; nothing once it is over. */
export /** That the job is over for its work, and not for its money. */
function OwedChip({ money }: Pick<JobRow, 'money'>) {
  const text = useBenchText();
  switch (money) {
    case 'refund-due':
    case 'refunding':
    case 'unclaimed':
    case 'unreconciled':
      return <Chip tone="bad">{text(`row-${money}`)}</Chip>;
    default:
      return null;
  }
}

/** Until when it is to be done, or the offer stands. */
export function Due({ row }: { readonly row: JobRow }) {
  const text = useWorkText();
  const language = useLanguage();
  const now = Math.floor(useNow(30_000) / 1000);
  const isOver = ['closed', 'refused', 'cancelled', 'expired', 'failed', 'delivered'].includes(row.work);
  if (row.dueAt === null || isOver) return null;
  if (row.dueAt < now) return <strong className={css['late']}>{text('row-overdue')}</strong>;
  const time = formatSeconds(row.dueAt - now, language);
  return <span>{text(row.money === 'quoted' ? 'row-until' : 'row-due', { time })}</span>;
}
