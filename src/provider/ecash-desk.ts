import type { Msat, NostrEvent, Outcome } from '../protocol/index.ts';

/** How a token must be locked to be taken for a job: to our key and that hash, and for long enough. */
export interface TokenLock {
  readonly kind: 'htlc';
  readonly paymentHash: string;
  /** Until then the customer must not be able to take it back, unix seconds. */
  readonly refundNotBefore: number;
}

interface Call {
  readonly signal?: AbortSignal;
}

/**
 * Ecash (Cashu) as a provider takes and gives it, at the mints that it trusts. Only what was swapped is money. Fails
 * with the codes of `src/ecash`, of which `MINT_TROUBLE` say nothing about the ecash itself.
 */
export interface EcashDesk {
  /** To which ecash must be locked, 32 bytes as hex. */
  readonly lockPubkey: string;
  /** Trusted mints. */
  readonly mintUrls: readonly string[];
  /** Everything that can be found out about a token without taking it. */
  check(
    token: string,
    expected: { readonly lock: TokenLock; readonly minAmountMsat: Msat; readonly mayBeRetired?: boolean },
    call?: Call,
  ): Promise<Outcome<unknown>>;
  /** Swaps a token into our own ecash; the same key again is the same redemption. */
  redeem(
    wish: {
      readonly key: string;
      readonly ecash: string;
      readonly lock: TokenLock;
      readonly minAmountMsat: Msat;
      readonly preimage: string;
    },
    call?: Call,
  ): Promise<Outcome<{ readonly amountMsat: Msat }>>;
  /** Checks a nutzap (NIP-61) to our key and swaps it; the same event again is the same redemption. */
  redeemNutzap(event: NostrEvent, call?: Call): Promise<Outcome<{ readonly amountMsat: Msat }>>;
  /** Tells on our relays which nutzap was redeemed (kind 7376); what no relay takes is told with the next one. */
  tellRedeemed(event: NostrEvent): Promise<void>;
  /** Publishes how we are nutzapped (kind 10019); says whether a relay took it. */
  announce(): Promise<boolean>;
  /**
   * A signed nutzap over exactly that amount from our balance to the recipient's own kind 10019, for the event that it
   * names; the same key again gives the same ecash.
   */
  giveNutzap(
    wish: {
      readonly key: string;
      /** The recipient's kind 10019. */
      readonly info: NostrEvent;
      readonly amountMsat: Msat;
      readonly about: Pick<NostrEvent, 'id' | 'kind'>;
      readonly comment: string;
      /** Unix seconds. */
      readonly createdAt: number;
    },
    call?: Call,
  ): Promise<Outcome<NostrEvent>>;
}

/** Codes after which it is not known whether the ecash is good, or was taken: ask again. */
export const MINT_TROUBLE: ReadonlySet<string> = new Set([
  'mint-unreachable',
  'mint-pending',
  'mint-invalid',
  'mint-refused',
]);
