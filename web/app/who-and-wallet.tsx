import { Link } from '@tanstack/react-router';
import { Icon } from './kit/icons.tsx';
import { PlayMoney, useSats } from './kit/money.tsx';
import { PubkeyName } from './kit/people.tsx';
import { useTopic } from './engine-context.ts';
import { useAppText } from './strings.en.ts';
import css from './shell.module.css';

/** Who is signed in, as a way to the page about it. */
export function WhoLink() {
  const text = useAppText();
  const state = useTopic('session', null);
  return (
    <Link to="/you" className={css['status']} data-step={state?.step}>
      {state?.step === 'signed-in' ? (
        <PubkeyName pubkey={state.session.pubkey} name={state.session.name} />
      ) : (
        <>
          <Icon name="person" />
          <span>
            {state?.step === 'waiting'
              ? text('signing-in')
              : state?.step === 'stuck'
                ? text('session-stuck')
                : text('sign-in')}
          </span>
        </>
      )}
    </Link>
  );
}

/** What there is to pay with, as a way to the page about it: the wallet, or the ecash of who has no other. */
export function WalletLink() {
  const text = useAppText();
  const sats = useSats();
  const wallet = useTopic('wallet', null);
  const ecash = useTopic('ecash-held', null);
  const isConnected = wallet !== undefined && wallet.by !== null;
  const isPlayMoney = isConnected ? wallet.isPlayMoney : ecash?.isPlayMoney === true;
  return (
    <Link to="/wallet" className={css['status']}>
      <Icon name="wallet" />
      <span className={css['balance']}>
        {!isConnected
          ? ecash
            ? text('ecash-held', { amount: sats(ecash.amountMsat) })
            : text('no-wallet')
          : !wallet.reachable
            ? text('wallet-unreachable')
            : wallet.balanceMsat === null
              ? text('wallet-connected')
              : sats(wallet.balanceMsat)}
        {isPlayMoney && <PlayMoney />}
      </span>
    </Link>
  );
}
