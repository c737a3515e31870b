import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Fault, Notice, Page, useCall, useTopic, Wait } from '../app/index.ts';
import { Budget } from './budget.tsx';
import { ConnectedWallet } from './connected-wallet.tsx';
import { Ecash } from './ecash.tsx';
import { PayWays } from './pay-ways.tsx';
import { useWalletText } from './strings.en.ts';
import css from './wallet.module.css';

/** What payments are made with, and how much of it. */
export function WalletPage() {
  const text = useWalletText();
  const session = useTopic('session', null);
  const wallet = useTopic('wallet', null);
  const connect = useCall('wallet.connect');
  const canPay = session?.step === 'signed-in' && session.session.canSign;
  const isReadOnly = session?.step === 'signed-in' && !session.session.canSign;
  return (
    <Page title={text('title')} lead={text('lead')}>
      <div className={css['parts']}>
        {!canPay && session !== undefined && (
          <Notice
            tone="warn"
            title={text(isReadOnly ? 'read-only' : 'sign-in-first')}
            actions={
              <Button component={Link} to="/you">
                {text('to-sign-in')}
              </Button>
            }
          >
            {text(isReadOnly ? 'read-only-about' : 'sign-in-first-about')}
          </Notice>
        )}
        {canPay && wallet !== undefined && wallet.by !== null && (
          <>
            <ConnectedWallet wallet={wallet} />
            <Budget wallet={wallet} />
          </>
        )}
        {canPay && wallet?.by === null && (
          <>
            {connect.askedAt !== null && (
              <Wait title={text('connecting')} since={connect.askedAt} usualSeconds={2} />
            )}
            {connect.failure !== null && <Fault failure={connect.failure} />}
            <PayWays isBusy={connect.askedAt !== null} onChoose={(choice) => void connect.ask(choice)} />
          </>
        )}
        {canPay && wallet !== undefined && <Ecash wallet={wallet} />}
      </div>
    </Page>
  );
}
