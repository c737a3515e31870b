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
import type { RunState } from '../engine/contract.ts';
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
  const sats = useSats();
  const { state, offer, preimage, feePaidMsat, failure } = run.purchase;
  const costs = offer !== null && offer.amountMsat > 0n;
  const delivered = state === 'received' || state === 'reviewed';
  const isShown = run.invoiceToPay !== null;
  const words = isShown
    ? 'money-shown'
    : delivered
      ? costs
        ? 'money-received'
        : 'money-received-free'
      : (`money-${state}` as const);
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
              {costs && wallet?.isPlayMoney === true && <PlayMoney />}
            </span>
            <PubkeyName pubkey={offer.providerPubkey} />
          </>
        )}
        <span>{text(words)}</span>
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
      {isRefused && <WalletRefused reason={failure.data?.['reason']} />}
      {failure !== null && !isRefused && (
        <p>
          {text('failure')}: <FailureText failure={failure} /> <code>{failure.code}</code>
        </p>
      )}
    </Notice>
  );
}
