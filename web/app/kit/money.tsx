import { formatSats, type Msat } from '../../../src/protocol/index.ts';
import { useAppText } from '../strings.en.ts';
import css from './money.module.css';

/** An amount for people, in sats. `null` is an amount that nobody named. */
export function Sats({ msat }: { readonly msat: Msat | null }) {
  const text = useAppText();
  if (msat === null) return <span className={css['unnamed']}>{text('amount-unnamed')}</span>;
  if (msat === 0n) return <span className={css['amount']}>{text('free')}</span>;
  return <span className={css['amount']}>{formatSats(msat)}</span>;
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
