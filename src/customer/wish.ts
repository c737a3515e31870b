import type { Dialect, ExchangeMode, FileReference, Msat, NostrEvent } from '../protocol/index.ts';
import type { BuyingPolicy } from './buying-policy.ts';
import type { ReceivedFile } from './received-file.ts';
import type { ResultVerdict } from './verify-result/verdict.ts';

/**
 * The exchange modes that this engine can finish by itself, in the order in which it asks for them: first those
 * in which a lock protects both sides, then those in which the provider trusts the customer, last those in which
 * the customer pays for what it has not seen (see `EXCHANGE_RISKS`).
 */
export const SUPPORTED_EXCHANGES = [
  'hold',
  'reveal',
  'ecash-htlc',
  'free',
  'postpay',
  'sample',
  'prepay',
  'zap',
  'nutzap',
  'balance',
] as const satisfies readonly ExchangeMode[];

/** An exchange mode that this engine can finish. */
export type SupportedExchange = (typeof SUPPORTED_EXCHANGES)[number];

/** One input of a wish; a plain string is text. */
export type WishInput =
  | string
  | {
      readonly data: string;
      /** The type of the `i` tag: `text`, `url`, `event` or `job`. */
      readonly type: string;
      readonly relay?: string;
      readonly marker?: string;
      /** Which bytes a `url` means; with a key to open them in an encrypted wish only. See `storeInputFile`. */
      readonly file?: FileReference;
    };

/** What somebody wants to have done, and what it may cost. */
export interface Wish {
  /** The job kind, 5000–5999. */
  readonly kind: number;
  readonly inputs: readonly WishInput[];
  readonly params?: Readonly<Record<string, string | readonly string[]>>;
  /** MIME types that would be liked, best first. */
  readonly outputs?: readonly string[];
  /** The most that an offer may ask. The fee limit comes on top and counts against the caps. */
  readonly maxAmountMsat: Msat;
  /** How long offers and the result are worth waiting for; 120 unless told. */
  readonly deadlineSeconds?: number;
  /** Public keys of the providers to address; anybody may answer when left out. */
  readonly targets?: readonly string[];
  /**
   * Others may step in should the providers in `targets` fail: their offers are taken like any, and awaited until the
   * deadline. Without it they are shown, and taken only by `approve`.
   */
  readonly welcomesRescue?: true;
  /**
   * Shows inputs, parameters and answers to nobody but the one provider in `targets` (NIP-90, NIP-44). Several
   * providers need several requests, which an order makes.
   */
  readonly encrypted?: true;
  /** In which dialect the request is written; NIP-90 unless told. The first draft knows a few kinds only. */
  readonly dialect?: Dialect;
  /** Modes to accept, best first; all that are supported when left out. */
  readonly exchanges?: readonly SupportedExchange[];
  /** Another provider is to build on the result, so it must not come locked: `reveal` is left out of the modes. */
  readonly forChaining?: true;
  /** Request id of a `job` input → the result id to build on. */
  readonly chain?: ReadonlyMap<string, string>;
  /** Words for people beside the request. */
  readonly content?: string;
  /** Proof of work to show in the request (NIP-13), in leading zero bits, at most 24; none unless told. */
  readonly workBits?: number;
  /**
   * Who takes an offer: the policy by itself (unless told), or whoever calls `approve`. With `ask` offers are collected
   * until the deadline, and nothing is taken before that call, not even what is free; restarts keep to it.
   */
  readonly approval?: 'automatic' | 'ask';
  /**
   * Names this purchase for good among those of the key, 1 to 200 characters: the same wish with the same key, now or
   * after a restart, is the same purchase.
   */
  readonly idempotencyKey?: string;
  /**
   * Names the program that makes the purchase, 1 to 50 characters, so that it finds its own among others' in the same
   * books. Only they know it.
   */
  readonly madeBy?: string;
  /** Overrides the customer's policy for this wish, until the process ends. */
  readonly policy?: Partial<BuyingPolicy>;
  /** Withdraws the wish when it aborts; what is already being paid is followed to its end. */
  readonly signal?: AbortSignal;
}

/** What a purchase brought, and what it cost. */
export interface Receipt {
  readonly requestId: string;
  /** The result's content, decrypted and opened; where the result is a text file, that text. Untrusted. */
  readonly content: string;
  /** The file that the result is; `null` for one that is all content. */
  readonly file: ReceivedFile | null;
  readonly providerPubkey: string;
  /** How it was bought; `free` when nothing was paid for it. */
  readonly exchange: ExchangeMode;
  /** What was paid, or is still locked, without fees; zero when nothing was asked or the money came back. */
  readonly amountMsat: Msat;
  readonly feePaidMsat: Msat;
  /** Proof of the payment; `null` for what was given for nothing, and while the payment is not settled. */
  readonly preimage: string | null;
  /**
   * `none`: nothing was paid. `settled`: paid. `pending`: the provider delivered and has not taken the locked money yet.
   * `returned`: delivered, and the money came back.
   */
  readonly settlement: 'none' | 'settled' | 'pending' | 'returned';
  readonly resultEvent: NostrEvent;
  /** What checking it against the request found; advice, as the content is handed over in any case. */
  readonly verdict: ResultVerdict;
}
