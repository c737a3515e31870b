import type { Wallet, WalletOutcome } from '../money/index.ts';
import { failure } from '../protocol/index.ts';

/** What a customer needs of a wallet. */
export type PayingWallet = Pick<
  Wallet,
  'capabilities' | 'pay' | 'makeInvoice' | 'lookup' | 'list' | 'subscribe'
>;

/**
 * Stands in where no wallet is configured: free things can be bought all the same, and an earlier payment
 * stays unknown until there is a wallet again.
 */
export const ABSENT_WALLET: PayingWallet = {
  capabilities: () => Promise.resolve(unreachable()),
  pay: () => Promise.resolve(unreachable()),
  makeInvoice: () => Promise.resolve(unreachable()),
  lookup: () => Promise.resolve(unreachable()),
  list: () => Promise.resolve(unreachable()),
  subscribe: () => undefined,
};

function unreachable(): WalletOutcome<never> {
  return failure('wallet-unreachable', 'No wallet is configured; connect one to pay.');
}
