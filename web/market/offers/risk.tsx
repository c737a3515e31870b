import { Chip } from '../../app/index.ts';
import { keepsOnceBegun } from '../../../src/protocol/index.ts';
import type { ComparedOffer } from '../../../src/customer/index.ts';
import { useOffersText } from './strings.en.ts';
import css from './offers.module.css';

const TONES = { guarded: 'good', sampled: 'plain', advanced: 'warn' } as const;

/** Who risks what with this offer: in a word, and in a sentence. */
export function Risk({
  offer,
}: {
  readonly offer: Pick<ComparedOffer, 'exposure' | 'exchange' | 'conditions'>;
}) {
  const text = useOffersText();
  const { exposure } = offer.exposure;
  return (
    <div className={css['risk']}>
      {offer.exchange !== 'free' && <Chip tone={TONES[exposure]}>{text(`safe-${exposure}`)}</Chip>}
      <span>
        {text(`trust-${offer.exchange}`)} {keepsOnceBegun(offer.conditions) && text('kept-once-begun')}
      </span>
    </div>
  );
}
