import { failure, success, type Msat, type Outcome } from '../protocol/index.ts';
import type { L402Challenge } from './challenge.ts';

/** A challenge that was paid or is being paid. As good as cash to its server: whoever has it can use it. */
export interface L402Credential extends L402Challenge {
  /** What it opens at which server, as `scopeOf` names it; a scope has one credential. */
  readonly scope: string;
  readonly paymentHash: string;
  readonly amountMsat: Msat;
  readonly feeLimitMsat: Msat;
  /** When the invoice runs out, unix seconds. */
  readonly expiresAt: number;
  /** 64 hex characters; `null` while it is not known whether the payment succeeded. */
  readonly preimage: string | null;
  /** The server has let us in with it. One that never did is not replaced by another payment. */
  readonly accepted: boolean;
}

/**
 * Where credentials are kept, one for each scope. One that is durable saves what was paid from a crash: the
 * credential is put here before the wallet is asked, and again with its preimage.
 */
export interface CredentialStore {
  get(scope: string): Promise<L402Credential | null>;
  /** Keeps the credential in place of the scope's last one; where there is one, it is never too full. */
  put(credential: L402Credential): Promise<Outcome<void, 'credential-store-full'>>;
  /** Forgets the scope's credential if it is the one of this payment. */
  delete(scope: string, paymentHash: string): Promise<void>;
}

/** How many credentials are kept unless told. */
export const MAX_CREDENTIALS = 1_000;

/** What a store says that is full of payments of unknown fate. */
export function credentialStoreFull() {
  return failure('credential-store-full', 'Too many payments are under way: wait until they end.');
}

/**
 * Keeps credentials in memory, until the program ends. When there are more than `maxCredentials` (1,000 unless
 * told), the oldest one that is paid is forgotten; payments of unknown fate never are.
 */
export function createMemoryCredentialStore(
  options: { readonly maxCredentials?: number } = {},
): CredentialStore {
  const { maxCredentials = MAX_CREDENTIALS } = options;
  const kept = new Map<string, L402Credential>();
  return {
    get: async (scope) => kept.get(scope) ?? null,
    async put(credential) {
      if (!kept.has(credential.scope) && kept.size >= maxCredentials) {
        const oldest = [...kept.values()].find(({ preimage }) => preimage !== null);
        if (oldest === undefined) return credentialStoreFull();
        kept.delete(oldest.scope);
      }
      kept.delete(credential.scope);
      kept.set(credential.scope, credential);
      return success(undefined);
    },
    async delete(scope, paymentHash) {
      if (kept.get(scope)?.paymentHash === paymentHash) kept.delete(scope);
    },
  };
}
