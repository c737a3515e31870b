import {
  FailureText,
  Notice,
  PlayMoney,
  PubkeyName,
  Sats,
  useSats,
  useTopic,
  type NoticeTone,
} from '../app/index.ts';
import { isPaidInEcash } from '../../src/protocol/index.ts';
import type { RunState } from '../engine/contract.ts';
import { isOnItsWay } from './locked-money.ts';
import { useRunText } from './strings.en.ts';
import { WalletRefused } from './wallet-refused.tsx';
import css from './run.module.css';

const TONES: Readonly<Partial<Record<RunState['purchase']['state'], NoticeTone>>> = {
  received: 'good',
  reviewed: 'good',
  undelivered: 'bad',
  unreconciled: 'warn',
  paying: 'warn',
  'over-budget': 'warn',
  'no-offer': 'warn',
};

/** Where the money is, in words that claim no more than is known. */
export function MoneyWords({ run }: { readonly run: RunState }) {
  const text = useRunText();
  const wallet = useTopic('wallet', null);
  const ecash = useTopic('ecash-held', null);
  const sats = useSats();
  const { state, offer, preimage, feePaidMsat, failure } = run.purchase;
  const costs = offer !== null && offer.amountMsat > 0n;
  const paidWith = offer !== null && isPaidInEcash(offer.exchange) ? ecash : wallet;
  const isRefused = failure?.code === 'wallet-refused';
  return (
    <Notice tone={isRefused ? 'warn' : (TONES[state] ?? 'plain')}>
      <p className={css['moneyLine']} role="status">
        {offer !== null && (
          <>
            <span className={css['sumLine']}>
              <span className={css['sum']}>
                <Sats msat={offer.amountMsat} />
              </span>
              {costs && paidWith?.isPlayMoney === true && <PlayMoney />}
            </span>
            <PubkeyName pubkey={offer.providerPubkey} />
          </>
        )}
        <span>{text(wordsFor(run, wallet?.by === 'qr'))}</span>
        {feePaidMsat !== null && feePaidMsat > 0n && (
          <span>{text('fee-was', { fee: sats(feePaidMsat) })}</span>
        )}
      </p>
      {preimage !== null && (
        <details>
          <summary>{text('proof')}</summary>
          <code>{preimage}</code>
        </details>
      )}
      {isRefused && <WalletRefused failure={failure} />}
      {failure !== null && !isRefused && (
        <p>
          {text('failure')}: <FailureText failure={failure} /> <code>{failure.code}</code>
        </p>
      )}
    </Notice>
  );
}

/** What is known of the money of a run. What a phone has paid only its owner and the payee know. */
function wordsFor({ purchase, invoiceToPay, happenings }: RunState, byPhone: boolean) {
  const { state, offer, failure } = purchase;
  const costs = offer !== null && offer.amountMsat > 0n;
  if (invoiceToPay !== null) return 'money-shown';
  if (isOnItsWay(purchase)) return 'money-under-way';
  switch (state) {
    case 'offered':
      return costs ? 'money-offered' : 'money-offered-free';
    case 'received':
    case 'reviewed':
      return costs ? 'money-received' : 'money-received-free';
    case 'requested':
      return byPhone && failure?.code === 'wallet-refused' ? 'money-open-again' : 'money-requested';
    case 'expired':
    case 'cancelled':
    case 'no-offer': {
      const wasPaying = happenings.some(({ what }) => what.type === 'state' && what.state === 'paying');
      const wasShown = byPhone && (wasPaying || (offer !== null && offer.paymentHash !== null));
      return wasShown ? 'money-unseen' : (`money-${state}` as const);
    }
    default:
      return `money-${state}` as const;
  }
}
