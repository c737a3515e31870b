import { ZERO_MSAT } from '../../../../src/protocol/index.ts';
import type { WalletState } from '../../contract.ts';

/** Nothing pays. */
export const NO_WALLET: WalletState = {
  by: null,
  network: null,
  isPlayMoney: false,
  balanceMsat: null,
  budgetMsat: null,
  spentMsat: ZERO_MSAT,
  reachable: false,
};
