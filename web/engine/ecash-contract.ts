/** What page and engine say to each other about ecash. Plain data, like everything between them. */
import type { EcashMovement } from '../../src/ecash/index.ts';
import type { Failure, Msat, Outcome } from '../../src/protocol/index.ts';

/** What can be asked for once, about ecash. Each that moves money is the same operation whenever its key is the same. */
export interface EcashCalls {
  /** Trusts a mint that answers and can do what is needed; the first one opens the ecash of this key. */
  'ecash.add-mint': { input: { readonly url: string }; output: Outcome<void> };
  /** Trusts a mint no longer; it must hold nothing. */
  'ecash.remove-mint': { input: { readonly url: string }; output: Outcome<void> };
  /** Buys ecash: the connected wallet pays at once, for a phone an invoice is shown in `ecash` until it was paid. */
  'ecash.top-up': {
    input: {
      readonly mintUrl: string;
      readonly amountMsat: Msat;
      readonly payBy: 'wallet' | 'phone';
      readonly idempotencyKey: string;
    };
    output: Outcome<void>;
  };
  /** Takes in a token of a trusted mint; the same token again is the same. Fails with `untrusted-mint` and its `mintUrl`. */
  'ecash.receive': { input: { readonly token: string }; output: Outcome<{ readonly amountMsat: Msat }> };
  /** Pays the connected wallet, up to that fee on top, or makes a token, which `ecash` shows until somebody took it. */
  'ecash.take-out': {
    input: {
      readonly mintUrl: string;
      readonly amountMsat: Msat;
      readonly to: 'wallet' | 'token';
      readonly feeLimitMsat: Msat;
      readonly idempotencyKey: string;
    };
    output: Outcome<{ readonly feePaidMsat: Msat }>;
  };
  /** Takes a token back that nobody took. */
  'ecash.take-back': { input: { readonly key: string }; output: Outcome<{ readonly amountMsat: Msat }> };
}

/** What can be watched. */
export interface EcashTopics {
  /** While it is watched, the mints are looked at. */
  ecash: { input: null; state: EcashState };
  /** What can be paid with, without asking any mint; `null` while none is trusted. */
  'ecash-held': { input: null; state: EcashHeld | null };
}

/** Ecash at all trusted mints together. */
export interface EcashHeld {
  /** Ours and free. */
  readonly amountMsat: Msat;
  /** Whether no other mint is trusted than the one of the market that serves this page. */
  readonly isPlayMoney: boolean;
}

/** The ecash of one identity in this browser. */
export interface EcashState {
  /** The mint of the market that serves this page, whose ecash is play money; `null` elsewhere. */
  readonly hostMint: string | null;
  readonly mints: readonly EcashMint[];
  /** What began and has not ended yet, oldest first. */
  readonly underWay: readonly EcashUnderWay[];
  /** Tokens that were made to be given away and that nobody took; at most 20, newest first. */
  readonly tokens: readonly MadeToken[];
}

/** One trusted mint. */
export interface EcashMint {
  readonly url: string;
  /** Ours and free. */
  readonly amountMsat: Msat;
  /** Bound by what is under way. */
  readonly heldMsat: Msat;
  /** Why it could not be used when it was last looked at; `null` when it could, or was not looked at. */
  readonly trouble: Failure | null;
}

/** One operation that is open. */
export interface EcashUnderWay {
  readonly key: string;
  readonly kind: EcashMovement['kind'];
  readonly mintUrl: string;
  readonly amountMsat: Msat;
  /** An invoice that a phone is to pay; `null` when it waits for the mint or the wallet. */
  readonly bolt11: string | null;
  /** Unix seconds. */
  readonly createdAt: number;
}

/** Ecash to be given away by hand. */
export interface MadeToken {
  readonly key: string;
  readonly mintUrl: string;
  readonly amountMsat: Msat;
  /** A secret: whoever has it first has the ecash. */
  readonly token: string;
  /** Unix seconds. */
  readonly createdAt: number;
}
