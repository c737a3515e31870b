/**
 * Why the mint refuses, by the numbers of the Cashu error registry. Thrown, because a throw inside of a write
 * takes back everything that the write did.
 */
export class MintRefusal extends Error {
  override readonly name = 'MintRefusal';
  readonly code: number;

  constructor(code: number, detail: string) {
    super(detail);
    this.code = code;
  }
}

/** The numbers in use: https://github.com/cashubtc/nuts/blob/main/error_codes.md. */
export const REFUSALS = {
  alreadySigned: 10002,
  invalidProof: 10003,
  alreadySpent: 11001,
  unbalanced: 11002,
  unsupportedUnit: 11005,
  amountOutOfRange: 11006,
  repeatedInputs: 11007,
  repeatedOutputs: 11008,
  unknownKeyset: 12001,
  inactiveKeyset: 12002,
  quoteUnpaid: 20001,
  alreadyIssued: 20002,
  lightningFailed: 20004,
  quotePending: 20005,
  alreadyPaid: 20006,
  quoteExpired: 20007,
  malformed: 10000,
} as const;
