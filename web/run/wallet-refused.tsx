import { Link } from '@tanstack/react-router';
import type { RunState } from '../engine/contract.ts';
import { useRefusedText } from './refused.strings.en.ts';

/** Answers for which it is known what helps. */
const OF_WALLETS = [
  'insufficient-balance',
  'quota-exceeded',
  'payment-failed',
  'wallet-unauthorized',
] as const;
const OF_MINTS = ['insufficient-ecash', 'fee-too-high'] as const;

/** The offer that was taken is not paid: why, and what to do before it is taken again. */
export function WalletRefused({
  failure,
}: {
  readonly failure: NonNullable<RunState['purchase']['failure']>;
}) {
  const text = useRefusedText();
  const { by, reason } = failure.data ?? {};
  const code = typeof reason === 'string' && <code>{reason}</code>;
  if (reason === 'declined')
    return (
      <p role="alert">
        <strong>{text('by-you')}</strong> {text('help-you')}
      </p>
    );
  if (reason === 'wallet-timeout')
    return (
      <p role="alert">
        <strong>{text('run-out')}</strong> {text('help-run-out')}
      </p>
    );
  if (reason === 'over-budget')
    return (
      <p role="alert">
        <strong>{text('by-budget')}</strong> {text('help-budget')}{' '}
        <Link to="/wallet">{text('to-budget')}</Link>
      </p>
    );
  if (by === 'mint')
    return (
      <p role="alert">
        <strong>{text('by-mint')}</strong>{' '}
        {text(`help-${OF_MINTS.find((known) => known === reason) ?? 'mint'}`)} {text('take-again')}{' '}
        <Link to="/wallet">{text('to-ecash')}</Link> {code}
      </p>
    );
  return (
    <p role="alert">
      <strong>{text('by-wallet')}</strong>{' '}
      {text(`help-${OF_WALLETS.find((known) => known === reason) ?? 'other'}`)} {text('take-again')}{' '}
      <Link to="/wallet">{text('to-wallet')}</Link> {code}
    </p>
  );
}
