import type { Msat } from '../../../src/protocol/index.ts';
import { perLanguage } from '../per-language.ts';
import { useLanguage } from '../strings.ts';
import { useAppText } from '../strings.en.ts';
import css from './money.module.css';

/** What somebody has or earned: nothing is `0 sat`, where a price of nothing is free. */
export function Balance({ msat }: { readonly msat: Msat }) {
  const sats = useSats();
  return <span className={css['amount']}>{sats(msat)}</span>;
}

/** A price for people, in sats. `null` is an amount that nobody named. */
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
    // Whole sats stay exact at any size; a fraction is exact below 90,000 bitcoin.
    const sats = msat % 1000n === 0n ? msat / 1000n : Number(msat) / 1000;
    return text('sat', { sats: amounts(language).format(sats) });
  };
}

const amounts = perLanguage((language) => new Intl.NumberFormat(language, { maximumFractionDigits: 3 }));

/** Says that the money here is worth nothing outside. Wherever such an amount is approved or shown large. */
export function PlayMoney() {
  const text = useAppText();
  return (
    <span className={css['play']} title={text('play-money-about')}>
      {text('play-money')}
    </span>
  );
}
