import type { WalletCall } from '../money/index.ts';
import type { EcashProof, Failure, Msat } from '../protocol/index.ts';
import type { MintAudit } from './audit.ts';
import type { EcashFailureCode, EcashOutcome } from './context.ts';
import type { CheckedEcash, ExpectedEcash, ExpectedLock, HandedEcash } from './incoming.ts';
import type { EcashLock } from './locks.ts';
import type { EcashHolding, EcashMovement } from './movements.ts';
import type { SentStanding } from './sent.ts';

/** Ecash that was given away. */
export interface SentEcash {
  readonly mintUrl: string;
  /** The token (`cashuB…`). A secret, unless it is locked. */
  readonly token: string;
  readonly proofs: readonly EcashProof[];
  /** What the recipient has after its own fee for redeeming it. */
  readonly amountMsat: Msat;
}

/** What `resume` did. */
export interface Resumed {
  /** Operations that are done or undone now. */
  readonly endedCount: number;
  /** Operations whose end nobody knows yet, and why. */
  readonly open: readonly { readonly operationId: string; readonly reason: Failure<EcashFailureCode> }[];
}

/**
 * Ecash at the mints one trusts (Cashu). Every call that moves money has a `key` of the caller's: the same call
 * with the same key, now or after a crash, is the same operation and happens once. Calls fail with
 * `EcashFailureCode`s and reject only with the reason of an aborted signal or with broken storage; after
 * `mint-unreachable`, `mint-pending`, `mint-invalid` or an abort an operation may be open: call again or `resume`.
 */
export interface EcashWallet {
  /** The key to which others lock ecash for this wallet: 32 bytes, hex. Never the Nostr key. */
  readonly lockPubkey: string;
  /** The mints it trusts. */
  readonly mintUrls: readonly string[];
  /** Free ecash at every trusted mint. */
  balances(): Promise<{ readonly mintUrl: string; readonly amountMsat: Msat }[]>;
  /** Whether there is a Lightning wallet that pays for what is minted under that key. */
  canBuy(key: string): boolean;
  /** Buys ecash with the Lightning wallet (NUT-04). */
  mint(
    wish: {
      readonly key: string;
      readonly mintUrl: string;
      readonly amountMsat: Msat;
      readonly feeLimitMsat: Msat;
    },
    call?: WalletCall,
  ): Promise<EcashOutcome<{ readonly amountMsat: Msat }>>;
  /** Pays an invoice with ecash (NUT-05, NUT-08). The limit counts all that the mint may keep. */
  melt(
    wish: {
      readonly key: string;
      readonly mintUrl: string;
      readonly bolt11: string;
      readonly feeLimitMsat: Msat;
    },
    call?: WalletCall,
  ): Promise<EcashOutcome<{ readonly preimage: string; readonly feePaidMsat: Msat }>>;
  /** Gives ecash away, plain or locked; the recipient's fee for redeeming it is added. */
  send(
    wish: {
      readonly key: string;
      readonly mintUrl: string;
      readonly amountMsat: Msat;
      readonly lock: EcashLock | 'none';
    },
    call?: WalletCall,
  ): Promise<EcashOutcome<SentEcash>>;
  /** What became of what was sent under that key; shows the preimage of a redeemed hash lock. */
  lookupSent(sent: { readonly key: string }, call?: WalletCall): Promise<EcashOutcome<SentStanding>>;
  /** Takes back what was sent under that key: plain ecash at any time, a hash lock after its time. */
  refund(
    sent: { readonly key: string },
    call?: WalletCall,
  ): Promise<EcashOutcome<{ readonly amountMsat: Msat }>>;
  /** Checks ecash without taking it: everything but a completed swap. */
  check(handed: HandedEcash, expected: ExpectedEcash, call?: WalletCall): Promise<EcashOutcome<CheckedEcash>>;
  /** A judge of the pieces' NUT-12 proofs, for whoever checks ecash by rules of its own. */
  dleqJudge(
    pieces: { readonly mintUrl: string; readonly proofs: readonly EcashProof[] },
    call?: WalletCall,
  ): Promise<EcashOutcome<(proof: EcashProof) => boolean>>;
  /** Checks ecash and swaps it into our own: from then on it is paid. A hash lock needs its preimage. */
  redeem(
    wish: {
      readonly key: string;
      readonly ecash: HandedEcash;
      readonly lock: ExpectedLock;
      readonly minAmountMsat: Msat;
      readonly preimage?: string;
      /** The id of the event that it is paid for, to be found again by it. */
      readonly about?: string | null;
    },
    call?: WalletCall,
  ): Promise<EcashOutcome<{ readonly amountMsat: Msat }>>;
  /** Completes or undoes what a crash or a silent mint left open. */
  resume(call?: WalletCall): Promise<Resumed>;
  /** What each operation did to our ecash, in no particular order; with `about`, of those about one event. */
  movements(only?: { readonly about?: string }): AsyncIterable<EcashMovement>;
  /** What the operation of one key did; `null` when there is none. */
  movement(of: Pick<EcashMovement, 'kind' | 'key'>): Promise<EcashMovement | null>;
  /** What the books have at each mint, trusted now or earlier. */
  holdings(): Promise<EcashHolding[]>;
  /** How the free ecash of the books stands at its mint. */
  audit(at: { readonly mintUrl: string }, call?: WalletCall): Promise<EcashOutcome<MintAudit>>;
  /** Writes off the ecash that another copy of these books has spent; returns how much. */
  dropSpent(
    at: { readonly mintUrl: string },
    call?: WalletCall,
  ): Promise<EcashOutcome<{ readonly amountMsat: Msat }>>;
  /** Finds the ecash of the seed again at one mint (NUT-09, NUT-13); returns what was added. */
  restore(
    from: { readonly mintUrl: string },
    call?: WalletCall,
  ): Promise<EcashOutcome<{ readonly amountMsat: Msat }>>;
}
