import type { EngineTopics, WalletState } from '../engine/contract.ts';

/** Why a person is asked before each payment, although what is taken was left to the rules. */
export type WhyAsked = 'budget' | 'phone' | 'ecash';

/** As the engine decides it; `null` where a budget bounds what is paid, nothing is paid, or it is not known yet. */
export function whyAsked(
  wallet: WalletState | undefined,
  ecash: EngineTopics['ecash-held']['state'] | undefined,
): WhyAsked | null {
  if (wallet === undefined) return null;
  if (wallet.by === null) return ecash == null ? null : 'ecash';
  if (wallet.budgetMsat !== null) return null;
  return wallet.by === 'qr' ? 'phone' : 'budget';
}
