import { Chip, type NoticeTone } from '../app/index.ts';
import type { RunSummary } from '../engine/contract.ts';
import { useRunText } from './strings.en.ts';

const TONES: Readonly<Partial<Record<RunSummary['state'], NoticeTone>>> = {
  received: 'good',
  reviewed: 'good',
  undelivered: 'bad',
  unreconciled: 'warn',
  'over-budget': 'warn',
  'no-offer': 'warn',
};

/** Where a purchase stands, in a word. */
export function StateChip({ state }: { readonly state: RunSummary['state'] }) {
  const text = useRunText();
  return <Chip tone={TONES[state] ?? 'plain'}>{text(`state-${state}`)}</Chip>;
}
