import { Chip, formatSeconds, Sats, useLanguage, useSats } from '../app/index.ts';
import type { LivenessReport, ListedService } from '../../src/directory/index.ts';
import type { ProviderRecord } from '../../src/reputation/index.ts';
import { useSignsText } from './signs.strings.en.ts';
import css from './signs.module.css';

const RUNGS = ['announced', 'heartbeat', 'replies', 'delivers', 'paid-and-delivered'] as const;

/** How much life somebody has shown: a ladder of five rungs, drawn as far as it was climbed, and the last in words. */
export function LivenessLadder({ liveness }: { readonly liveness: LivenessReport }) {
  const text = useSignsText();
  const reached = RUNGS.indexOf(liveness.step);
  return (
    <span className={css['ladder']} data-step={liveness.step}>
      <svg viewBox="0 0 24 16" aria-hidden="true">
        {RUNGS.map((rung, index) => (
          <rect
            key={rung}
            x={index * 5}
            y={12 - index * 3}
            width="3.6"
            height={4 + index * 3}
            rx="1"
            className={index <= reached ? css['reached'] : css['unreached']}
          />
        ))}
      </svg>
      <span>{text(liveness.step)}</span>
    </span>
  );
}

/** The price on a sign: what every job costs, or what the price begins at. */
export function SignPrice({
  service: { announcement, priceMsat },
}: {
  readonly service: Pick<ListedService, 'announcement' | 'priceMsat'>;
}) {
  const text = useSignsText();
  const sats = useSats();
  if (announcement.amount.pricing !== 'flexible' || priceMsat === null) return <Sats msat={priceMsat} />;
  return <span>{text('price-from', { price: sats(priceMsat) })}</span>;
}

/** What is known of somebody's work, in a line: never a score for somebody of whom nothing is known. */
export function RecordLine({ record }: { readonly record: ProviderRecord | null }) {
  const text = useSignsText();
  if (record === null || (record.paidJobs === 0 && record.own.paidAndUndelivered === 0))
    return <Chip>{text('new-record')}</Chip>;
  const { ratings, own, others } = record;
  return (
    <span className={css['record']}>
      <span>{text('paid-jobs', { count: record.paidJobs })}</span>
      {ratings.mean !== null && (
        <span>
          {text('rated', { stars: Math.round(10 + ratings.mean * 40) / 10, count: ratings.customers })}
        </span>
      )}
      {own.paidAndUndelivered > 0 && (
        <Chip tone="bad">{text('paid-undelivered', { count: own.paidAndUndelivered })}</Chip>
      )}
      {others.paidComplaints > 0 && (
        <Chip tone="warn">{text('complaints', { count: others.paidComplaints })}</Chip>
      )}
    </span>
  );
}

/** Usual and worst time, as far as they are known. */
export function Times({ usual, worst }: { readonly usual: number | null; readonly worst: number | null }) {
  const text = useSignsText();
  const language = useLanguage();
  if (usual === null) return <span className={css['unknown']}>{text('time-unknown')}</span>;
  return (
    <span className={css['times']}>
      {formatSeconds(usual, language)}
      {worst !== null && worst > usual && ` / ${formatSeconds(worst, language)}`}
    </span>
  );
}
