import type { ProviderRecord } from '../reputation/index.ts';

/**
 * The port through which a customer learns what is known of providers; it is asked whenever offers are compared, so
 * it answers from memory. Providers that nobody knows are left out.
 */
export type ProviderRecords = (providerPubkeys: readonly string[]) => ReadonlyMap<string, ProviderRecord>;

/**
 * The port that names who is known to sell work of a kind right now; offers of others are welcome all the same. `null`
 * when nobody has looked.
 */
export type KnownSellers = (kind: number) => readonly string[] | null;
