import { Link } from '@tanstack/react-router';
import { useRunText } from './strings.en.ts';

/** Answers of wallets for which it is known what helps. */
const REFUSALS = ['insufficient-balance', 'quota-exceeded', 'payment-failed', 'wallet-unauthorized'] as const;

/** The offer that was taken is not paid: why, and what to do before it is taken again. */
export function WalletRefused({ reason }: { readonly reason: unknown }) {
  const text = useRunText();
  const known = REFUSALS.find((code) => code === reason);
  return (
    <p role="alert">
      <strong>{text('wallet-refused')}</strong> {text(`refusal-${known ?? 'other'}`)} {text('take-again')}{' '}
      <Link to="/wallet">{text('to-wallet')}</Link> {typeof reason === 'string' && <code>{reason}</code>}
    </p>
  );
}
