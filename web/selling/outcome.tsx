import { Chip } from '../app/index.ts';
import type { EarningsRow } from '../engine/index.ts';
import { useSellingText } from './strings.en.ts';

const OUTCOMES = {
  none: 'unpaid',
  quoted: 'offered',
  locked: 'secured',
  settling: 'secured',
  settled: 'paid',
  lapsed: 'unpaid',
  released: 'given-back',
  'refund-due': 'owed',
  refunding: 'owed',
  unclaimed: 'owed',
  refunded: 'given-back',
  unreconciled: 'unclear',
} as const satisfies Readonly<Record<EarningsRow['money'], string>>;

const TONES = { paid: 'good', owed: 'warn', unclear: 'warn' } as const;

/** What became of the money of one sale, in a word. */
export function Outcome({ sale: { money, exchange } }: { readonly sale: EarningsRow }) {
  const text = useSellingText();
  const outcome = exchange === 'free' ? 'free' : OUTCOMES[money];
  const tone = outcome === 'paid' || outcome === 'owed' || outcome === 'unclear' ? TONES[outcome] : 'plain';
  return <Chip tone={tone}>{text(`outcome-${outcome}`)}</Chip>;
}
