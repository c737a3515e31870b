import { Link } from '@tanstack/react-router';
import { Icon } from './kit/icons.tsx';
import { PlayMoney, Sats } from './kit/money.tsx';
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

/** What is in the wallet, as a way to the page about it. */
export function WalletLink() {
  const text = useAppText();
  const wallet = useTopic('wallet', null);
  return (
    <Link to="/wallet" className={css['status']}>
      <Icon name="wallet" />
      {wallet === undefined || wallet.by === null ? (
        <span>{text('no-wallet')}</span>
      ) : (
        <span className={css['balance']}>
          {!wallet.reachable ? (
            text('wallet-unreachable')
          ) : wallet.balanceMsat === null ? (
            text('wallet-connected')
          ) : (
            <Sats msat={wallet.balanceMsat} />
          )}
          {wallet.isPlayMoney && <PlayMoney />}
        </span>
      )}
    </Link>
  );
}
