/** A key and its backup. */
export interface MadeKey {
  readonly secretKey: Uint8Array;
  /** 64 hex characters. */
  readonly pubkey: string;
  /** The key, locked with the password (NIP-49). */
  readonly ncryptsec: string;
}

/** What the worker is asked. */
export type KeyQuestion =
  | { readonly type: 'make'; readonly password: string }
  | { readonly type: 'open'; readonly ncryptsec: string; readonly password: string };

/** What it answers, once. */
export type KeyAnswer =
  ({ readonly type: 'made' } & MadeKey) | { readonly type: 'opened'; readonly fits: boolean };
