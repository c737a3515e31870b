import type { Msat, NostrEvent, Outcome } from '../protocol/index.ts';

interface Call {
  readonly signal?: AbortSignal;
}

/** A payment in ecash: the same key, now or after a crash, is the same payment and the same ecash. */
interface EcashPayment {
  readonly key: string;
  /** What the payee has after the mint's fees. */
  readonly amountMsat: Msat;
  /** The most that buying and spending the ecash may cost on top. */
  readonly feeLimitMsat: Msat;
}

/**
 * Ecash (Cashu) as a customer spends it, at the mints that it trusts: from the balance, or bought over Lightning where
 * that is too small. Fails with the codes of `src/ecash`, of which `mint-unreachable`, `mint-pending` and
 * `mint-invalid` leave open what happened: the same call finds out. After any other nothing was given away.
 */
export interface EcashPurse {
  /** Trusted mints. */
  readonly mintUrls: readonly string[];
  /** What can be spent at each of them now. */
  balances(): Promise<readonly { readonly mintUrl: string; readonly amountMsat: Msat }[]>;
  /** Whether what is missing for the payment of that key can be bought over Lightning now. */
  canBuy(key: string): boolean;
  /** Locks ecash to a key and a hash (NUT-14) at that one of these trusted mints which has enough, else at the first. */
  lock(
    wish: EcashPayment & {
      readonly mints: readonly string[];
      /** SHA-256, hex. */
      readonly paymentHash: string;
      /** 32 bytes, hex. */
      readonly lockPubkey: string;
      /** After it the ecash can be taken back, unix seconds. */
      readonly refundAfter: number;
    },
    call?: Call,
  ): Promise<Outcome<{ readonly token: string; readonly feePaidMsat: Msat }>>;
  /** A signed nutzap (NIP-61) for that event, locked as the recipient's kind 10019 says. */
  payByNutzap(
    wish: EcashPayment & {
      /** The recipient's kind 10019. */
      readonly info: NostrEvent;
      readonly about: Pick<NostrEvent, 'id' | 'kind'>;
      /** Unix seconds. */
      readonly createdAt: number;
    },
    call?: Call,
  ): Promise<Outcome<{ readonly nutzap: NostrEvent; readonly feePaidMsat: Msat }>>;
  /** What became of ecash that was given away; a redeemed lock shows its preimage. `unknown-send` when there was none. */
  lookupSent(
    sent: { readonly key: string },
    call?: Call,
  ): Promise<
    Outcome<{
      readonly state: 'unspent' | 'pending' | 'partly-spent' | 'spent';
      readonly preimage: string | null;
    }>
  >;
  /** Takes locked ecash back after its time; the same again is the same refund. */
  refund(sent: { readonly key: string }, call?: Call): Promise<Outcome<{ readonly amountMsat: Msat }>>;
  /** Checks a nutzap to our key and swaps it; the same event again is the same redemption. */
  redeemNutzap(event: NostrEvent, call?: Call): Promise<Outcome<{ readonly amountMsat: Msat }>>;
}
