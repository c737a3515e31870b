import type { Sale } from '../ledger/index.ts';
import type { ExchangeMode } from '../protocol/index.ts';
import type { ProviderLimits } from './context.ts';
import { beginningOf } from './part-of-text.ts';

/** How much of the work on one job is shown before it is paid for good. */
export interface PartAllowance {
  /** Notes that so much of it exists. */
  made(content: string): void;
  /** What may be shown of a part, which counts as shown; empty when nothing may. */
  take(content: string): string;
  /** How many characters more may be shown at most, however much is made; `null` without a bound. */
  readonly leftChars: number | null;
}

/** Modes in which the customer may read everything while the work goes on: nothing is asked for it, or it is trusted. */
const READ_BEFORE_PAID: readonly ExchangeMode[] = ['free', 'postpay'];
/** So little is shown whatever there is. */
const ALWAYS_SHOWN_CHARS = 100;

/** Work is shown up to a length, and of longer work no more than a share, until its money can't go back any more. */
export function partAllowanceOf(
  { exchange, money, quote }: Pick<Sale, 'exchange' | 'money' | 'quote'>,
  {
    unpaidPartialChars,
    unpaidPartialShare,
  }: Pick<ProviderLimits, 'unpaidPartialChars' | 'unpaidPartialShare'>,
): PartAllowance {
  const isOurs = money === 'settled' && quote?.isKeptOnceBegun === true;
  if (isOurs || READ_BEFORE_PAID.includes(exchange))
    return { made: () => undefined, take: (content) => content, leftChars: null };
  let [made, shown] = [0, 0];
  return {
    made: (content) => void (made += content.length),
    take(content) {
      const mayShow =
        Math.min(unpaidPartialChars, Math.max(ALWAYS_SHOWN_CHARS, made * unpaidPartialShare)) - shown;
      const part = beginningOf(content, mayShow);
      shown += part.length;
      return part;
    },
    get leftChars() {
      return Math.max(0, unpaidPartialChars - shown);
    },
  };
}
