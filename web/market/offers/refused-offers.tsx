import { Link } from '@tanstack/react-router';
import { PubkeyName, Sats } from '../../app/index.ts';
import type { OfferComparison } from '../../../src/customer/index.ts';
import { mintName } from './paid-in-ecash.tsx';
import { useOffersText } from './strings.en.ts';
import css from './offers.module.css';

const MOST_SHOWN = 20;

/** Offers that fail a check, and which one: nothing is hidden, and nothing of it can be paid. */
export function RefusedOffers({ refused }: { readonly refused: OfferComparison['refused'] }) {
  const text = useOffersText();
  if (refused.length === 0) return null;
  return (
    <details className={css['refused']}>
      <summary>{text('refused-title', { count: refused.length })}</summary>
      <ul>
        {refused.slice(0, MOST_SHOWN).map(({ offer, code }) => (
          <li key={offer.id}>
            <PubkeyName pubkey={offer.providerPubkey} /> <Sats msat={offer.amountMsat} />{' '}
            <span>{text(`refused-${code}`)}</span>{' '}
            {code === 'no-common-mint' && offer.ecash.mints[0] !== undefined && (
              <Link to="/wallet">{text('trust-to-take', { mint: mintName(offer.ecash.mints[0]) })}</Link>
            )}
          </li>
        ))}
      </ul>
    </details>
  );
}
