import type { Msat } from '../../../src/protocol/index.ts';
import { useLanguage } from '../strings.ts';
import { useAppText } from '../strings.en.ts';
import css from './money.module.css';

/** An amount for people, in sats. `null` is an amount that nobody named. */
export function Sats({ msat }: { readonly msat: Msat | null }) {
  const text = useAppText();
  const sats = useSats();
  if (msat === null) return <span className={css['unnamed']}>{text('amount-unnamed')}</span>;
  if (msat === 0n) return <span className={css['amount']}>{text('free')}</span>;
  return <span className={css['amount']}>{sats(msat)}</span>;
}

/** Writes amounts as the page's language does: `1,000 sat`, `0.5 sat`. */
export function useSats(): (msat: Msat) => string {
  const text = useAppText();
  const language = useLanguage();
  return (msat) => {
    const format = new Intl.NumberFormat(language, { maximumFractionDigits: 3 });
    // Whole sats stay exact at any size; a fraction is exact below 90,000 bitcoin.
    const sats = msat % 1000n === 0n ? msat / 1000n : Number(msat) / 1000;
    return text('sat', { sats: format.format(sats) });
  };
}

/** Says that the money here is worth nothing outside. Wherever such an amount is approved or shown large. */
export function PlayMoney() {
  const text = useAppText();
  return (
    <span className={css['play']} title={text('play-money-about')}>
      {text('play-money')}
    </span>
  );
}
