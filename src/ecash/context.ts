import type { Wallet } from '../money/index.ts';
import { failure, success, type LightningNetwork, type Outcome } from '../protocol/index.ts';
import type { Keyring, KeyringFailureCode } from './keyring.ts';
import type { MintClient } from './mint-client.ts';
import type { EcashStore } from './store.ts';
import type { InTurn } from './turns.ts';

/**
 * Why the wallet did not do something. Of the mint: `mint-unreachable` and `mint-pending` (not known yet, the
 * operation stays open: call again or `resume`), `mint-refused`, `mint-invalid`, `mint-unsupported`,
 * `unknown-keyset`. Of the books: `stale-counters` (they are older than the last use of their seed). Of money:
 * `untrusted-mint`, `insufficient-ecash`, `impossible-amount`, `already-spent`, `fee-too-high`, `payment-failed`,
 * `quote-expired`, `unproven-payment` (the mint took the ecash and shows no preimage), `invalid-invoice`. Of tokens:
 * `malformed-token`, `wrong-unit`, `wrong-lock`, `repeated-proof`, `inactive-keyset`, `invalid-dleq`, `too-little`.
 * Of refunds: `unknown-send`, `refund-too-early`.
 */
export type EcashFailureCode =
  | KeyringFailureCode
  | 'mint-pending'
  | 'stale-counters'
  | 'untrusted-mint'
  | 'insufficient-ecash'
  | 'impossible-amount'
  | 'already-spent'
  | 'fee-too-high'
  | 'payment-failed'
  | 'quote-expired'
  | 'unproven-payment'
  | 'invalid-invoice'
  | 'malformed-token'
  | 'wrong-unit'
  | 'wrong-lock'
  | 'repeated-proof'
  | 'inactive-keyset'
  | 'invalid-dleq'
  | 'too-little'
  | 'unknown-send'
  | 'refund-too-early';

/** An ecash wallet's answer, or the coded reason why there is none. */
export type EcashOutcome<Value> = Outcome<Value, EcashFailureCode>;

/** Called at each place where a crash matters; for crash tests. */
export type EcashCheckpoint = (name: string) => void;

/** One trusted mint. */
export interface TrustedMintAccess {
  readonly client: MintClient;
  readonly keyring: Keyring;
}

/** What of a Lightning wallet pays for ecash. */
export interface FundingWallet extends Pick<Wallet, 'pay' | 'lookup' | 'list'> {
  /** Whether it can pay under that key of a minting; where it cannot, none is begun. It always can unless it says so. */
  readonly canPayFor?: (key: string) => boolean;
}

/** What all operations of one wallet share. */
export interface EcashContext {
  readonly store: EcashStore;
  /** NUT-13 seed. */
  readonly seed: Uint8Array;
  readonly lockSecretKey: Uint8Array;
  /** 32 bytes, hex. */
  readonly lockPubkey: string;
  readonly lightning: FundingWallet | null;
  readonly network: LightningNetwork;
  readonly mints: ReadonlyMap<string, TrustedMintAccess>;
  /** Unix seconds. */
  readonly now: () => number;
  readonly checkpoint: EcashCheckpoint;
  /** Takes turns at choosing pieces to spend, and at each operation. */
  readonly inTurn: InTurn;
}

/** The mint, when it is trusted: written exactly as in the list, but for slashes at the end. */
export function trustedMint(context: EcashContext, mintUrl: string): EcashOutcome<TrustedMintAccess> {
  const mint = context.mints.get(bareMintUrl(mintUrl));
  return mint === undefined
    ? failure('untrusted-mint', 'The mint is not one of those this wallet trusts.', { mintUrl })
    : success(mint);
}

/** The address of a mint without slashes at its end, as it is stored and called. */
export function bareMintUrl(mintUrl: string): string {
  return mintUrl.replace(/\/+$/, '');
}
