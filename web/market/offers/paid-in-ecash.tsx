import { Link } from '@tanstack/react-router';
import { commonMints, isPaidInEcash, type Msat } from '../../../src/protocol/index.ts';
import { Notice, useSats } from '../../app/index.ts';
import type { EngineTopics, WalletState } from '../../engine/index.ts';
import { useOffersText } from './strings.en.ts';
import type { OfferLine } from './sorting.ts';
import css from './offers.module.css';

/** How an offer in ecash would be paid: from what a mint holds, by buying the rest, or not before there is more. */
type EcashFunding =
  | { readonly way: 'held' | 'bought'; readonly mintUrl: string }
  | { readonly way: 'lacking'; readonly mintUrl: string; readonly heldMsat: Msat };

/** Where the ecash for an offer is; `null` for what is paid otherwise, and while it is not known. */
export function fundingOf(
  { exchange, ecash, amountMsat }: OfferLine['offer'],
  purse: EngineTopics['ecash']['state'] | undefined,
  wallet: WalletState | undefined,
): EcashFunding | null {
  if (purse === undefined || wallet === undefined || !isPaidInEcash(exchange) || ecash.mints.length === 0)
    return null;
  const common = commonMints(
    purse.mints.map(({ url }) => url),
    ecash.mints,
  );
  const mints = purse.mints.filter(({ url }) => common.includes(url));
  const [richest] = mints.toSorted((one, other) => Number(other.amountMsat - one.amountMsat));
  if (richest === undefined) return null;
  const mintUrl = richest.url;
  if (richest.amountMsat >= amountMsat) return { way: 'held', mintUrl };
  const buys = wallet.by !== null && wallet.by !== 'qr'; // a phone is asked for nothing here
  return buys ? { way: 'bought', mintUrl } : { way: 'lacking', mintUrl, heldMsat: richest.amountMsat };
}

/** Says it before anything is approved, and what to do where there is too little. */
export function PaidInEcash({ funding }: { readonly funding: EcashFunding }) {
  const text = useOffersText();
  const sats = useSats();
  const mint = mintName(funding.mintUrl);
  if (funding.way !== 'lacking')
    return <p className={css['hint']}>{text(`ecash-${funding.way}`, { mint })}</p>;
  const held = sats(funding.heldMsat);
  return (
    <Notice tone="warn">
      {text('ecash-lacking', { mint, held })} <Link to="/wallet">{text('ecash-to-wallet')}</Link>
    </Notice>
  );
}

/** A mint as people know it. What a stranger wrote as an address may be no address. */
export function mintName(mintUrl: string): string {
  return URL.parse(mintUrl)?.host ?? mintUrl.slice(0, 60);
}
