import { Link } from '@tanstack/react-router';
import { Panel, PubkeyName, RefusalText, Sats } from '../../app/index.ts';
import type { RunState } from '../../engine/contract.ts';
import { mintName } from './paid-in-ecash.tsx';
import { useOffersText } from './strings.en.ts';
import { whyNoOffer, type UntakenOffer } from './untaken.ts';
import css from './offers.module.css';

const MOST_SHOWN = 20;

/** Offers that fail a check, and which one: nothing is hidden, and nothing of it can be paid. */
export function UntakenOffers({
  offers,
  open = false,
}: {
  readonly offers: readonly UntakenOffer[];
  /** Shown without being asked for: there are no others. */
  readonly open?: boolean;
}) {
  const text = useOffersText();
  if (offers.length === 0) return null;
  return (
    <details className={css['refused']} open={open}>
      <summary>{text('refused-title', { count: offers.length })}</summary>
      <ul>
        {offers.slice(0, MOST_SHOWN).map((offer) => (
          <UntakenLine key={offer.key} offer={offer} />
        ))}
      </ul>
    </details>
  );
}

/** Why a run ended without an offer, from the books: who offered what could not be taken, and who said no. */
export function WhyNoOffer({ run }: { readonly run: RunState }) {
  const text = useOffersText();
  const { untaken, declined } = whyNoOffer(run);
  if (untaken.length + declined.length === 0) return null;
  return (
    <Panel title={text('no-offer-why')}>
      <ul className={css['untaken']}>
        {untaken.slice(0, MOST_SHOWN).map((offer) => (
          <UntakenLine key={offer.key} offer={offer} />
        ))}
        {declined.slice(0, MOST_SHOWN).map(({ providerPubkey, code, detail }, index) => (
          <li key={`declined ${index}`}>
            <PubkeyName pubkey={providerPubkey} /> {text('said-no')}{' '}
            <RefusalText code={code} detail={detail} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function UntakenLine({
  offer: { providerPubkey, amountMsat, code, mintUrl },
}: {
  readonly offer: UntakenOffer;
}) {
  const text = useOffersText();
  return (
    <li>
      <PubkeyName pubkey={providerPubkey} />{' '}
      {amountMsat !== null && (
        <>
          <Sats msat={amountMsat} />
          {': '}
        </>
      )}
      <span>{text(`refused-${code}`)}</span>{' '}
      {code === 'no-common-mint' && mintUrl !== null && (
        <Link to="/wallet">{text('trust-to-take', { mint: mintName(mintUrl) })}</Link>
      )}
    </li>
  );
}
