import { Link } from '@tanstack/react-router';
import type { Msat } from '../../src/protocol/index.ts';
import { formatSeconds, useLanguage, useNow, useTopic } from '../app/index.ts';
import { isPaidInto, type AskedJob } from '../engine/index.ts';
import { useWorkText } from './strings.en.ts';
import { wayToBePaid } from './ways-to-be-paid.ts';
import css from './workbench.module.css';

/** An offer that stands no longer than this may well be missed. */
const SHORT_SECONDS = 3600;
const MOST_MINTS = 3;

/** How an offer on these terms would be paid, and for how long the customer could say yes to it. */
export function PaidHow({
  asked,
  amountMsat,
  worstSeconds,
}: {
  readonly asked: AskedJob;
  readonly amountMsat: Msat | null;
  readonly worstSeconds: number;
}) {
  const text = useWorkText();
  const language = useLanguage();
  const now = Math.floor(useNow(30_000) / 1000);
  const ecash = useTopic('ecash', null);
  const wallet = useTopic('wallet', null);
  if (ecash === undefined || wallet === undefined) return <p className={css['paidHow']}>&nbsp;</p>; // its place
  const mintUrls = ecash.mints.map(({ url }) => url);
  const hasWallet = isPaidInto(wallet.by);
  const { way, standsUntil, whyUnlocked } = wayToBePaid({
    asked,
    amountMsat,
    worstSeconds,
    mintUrls,
    hasWallet,
    now,
  });
  const mints = asked.mints.slice(0, MOST_MINTS).map(hostOf).join(', ');
  const secondsOpen = standsUntil === null ? null : standsUntil - now;
  return (
    <p className={css['paidHow']}>
      {whyUnlocked !== null && text(whyUnlocked, { mints })} {text(`quote-${way}`)}{' '}
      {secondsOpen !== null && (
        <span className={secondsOpen <= SHORT_SECONDS ? css['late'] : undefined}>
          {text('quote-stands', { time: formatSeconds(secondsOpen, language) })}
        </span>
      )}{' '}
      <Link to="/wallet">{text('quote-to-wallet')}</Link>
    </p>
  );
}

/** What a customer wrote as an address may be none. */
function hostOf(mintUrl: string): string {
  return URL.parse(mintUrl)?.host ?? mintUrl.slice(0, 60);
}
