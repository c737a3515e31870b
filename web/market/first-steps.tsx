import { Link } from '@tanstack/react-router';
import { useTopic } from '../app/index.ts';
import { useMarketText } from './strings.en.ts';
import css from './market.module.css';

/** What it takes to buy the first job, and how much of it is done. */
export function FirstSteps() {
  const text = useMarketText();
  const session = useTopic('session', null);
  const wallet = useTopic('wallet', null);
  const signedIn = session?.step === 'signed-in';
  const ecash = useTopic('ecash-held', null);
  const canPay = (wallet !== undefined && wallet.by !== null) || (ecash !== undefined && ecash !== null);
  return (
    <aside className={css['steps']} aria-label={text('first-steps')}>
      <h2>{text('first-steps')}</h2>
      <ol>
        <li data-done="true">{text('step-look')}</li>
        <li data-done={signedIn}>
          {signedIn ? text('step-sign') : <Link to="/you">{text('step-sign')}</Link>}
          {signedIn && <span className="said"> ({text('step-done')})</span>}
        </li>
        <li data-done={canPay}>
          {canPay ? text('step-pay') : <Link to="/wallet">{text('step-pay')}</Link>}
          {canPay && <span className="said"> ({text('step-done')})</span>}
        </li>
      </ol>
    </aside>
  );
}
