import { addMsat, ZERO_MSAT } from '../../../../src/protocol/index.ts';
import type { EcashHeld, EcashState } from '../../ecash-contract.ts';

/** What pages see while no mint is trusted. */
export function noEcash(hostMint: string | null): EcashState {
  return { hostMint, mints: [], underWay: [], tokens: [] };
}

/** What is held in all; `null` while no mint is trusted. */
export function heldIn({ mints, hostMint }: EcashState): EcashHeld | null {
  if (mints.length === 0) return null;
  return {
    amountMsat: mints.reduce((sum, { amountMsat }) => addMsat(sum, amountMsat), ZERO_MSAT),
    isPlayMoney: mints.every(({ url }) => url === hostMint),
  };
}
