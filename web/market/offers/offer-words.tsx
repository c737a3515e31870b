import { Untrusted } from '../../app/index.ts';
import { useOffersText } from './strings.en.ts';
import css from './offers.module.css';

/** What a provider says with its offer, as its own words; nothing where it says nothing. */
export function OfferWords({ words, max }: { readonly words: string | null; readonly max: number }) {
  const text = useOffersText();
  if (words === null || words.trim() === '') return null;
  return (
    <q className={css['words']} title={text('words')}>
      <Untrusted max={max}>{words}</Untrusted>
    </q>
  );
}
