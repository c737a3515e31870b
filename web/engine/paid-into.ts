import type { WalletState } from './contract.ts';

/**
 * Whether jobs can be paid into that wallet. A phone is shown invoices, and makes none; and a WebLN wallet makes some, but
 * cannot be asked whether one was paid once the page that asked for it is gone, so that work would never begin.
 */
export function isPaidInto(by: WalletState['by']): boolean {
  return by === 'nwc' || by === 'play-money';
}
