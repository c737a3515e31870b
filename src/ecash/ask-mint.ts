import type { GuardedFetch } from '../http/index.ts';
import type { Outcome } from '../protocol/index.ts';
import { bareMintUrl } from './context.ts';
import { Keyring, type KeyringFailureCode } from './keyring.ts';
import { MintClient } from './mint-client.ts';

/**
 * Asks a mint whether this wallet could use it now: that it answers, has keys for sats that are what they say, and
 * enforces locks. Rejects only with the reason of an aborted signal.
 */
export async function askMint(
  { mintUrl, fetch }: { readonly mintUrl: string; readonly fetch: GuardedFetch },
  call: { readonly signal: AbortSignal },
): Promise<Outcome<void, KeyringFailureCode>> {
  const keyring = new Keyring(new MintClient(bareMintUrl(mintUrl), fetch));
  const active = await keyring.active(call.signal);
  return active.ok ? keyring.enforcesLocks(call.signal) : active;
}
