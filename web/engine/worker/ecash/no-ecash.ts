import type { EcashState } from '../../ecash-contract.ts';

/** What pages see while no mint is trusted. */
export function noEcash(hostMint: string | null): EcashState {
  return { hostMint, mints: [], underWay: [], tokens: [] };
}
