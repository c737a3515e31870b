import { isHex32 } from './event.ts';

/** What an `a` tag names: the latest event of a kind and author, with that `d` tag (NIP-01). */
export interface EventAddress {
  readonly kind: number;
  readonly pubkey: string;
  /** The `d` tag; empty for kinds that have none. */
  readonly identifier: string;
}

const ADDRESS = /^(\d{1,5}):([0-9a-f]{64}):(.*)$/s;
const MAX_KIND = 65_535;

/** Reads `kind:pubkey:identifier`; `null` when the text is no address. */
export function parseAddress(text: string | undefined): EventAddress | null {
  const [, digits, pubkey, identifier = ''] = ADDRESS.exec(text ?? '') ?? [];
  const kind = Number(digits);
  return isHex32(pubkey) && kind <= MAX_KIND ? { kind, pubkey, identifier } : null;
}

/** Writes an address as `a` tags hold it. */
export function formatAddress({ kind, pubkey, identifier }: EventAddress): string {
  return `${kind}:${pubkey}:${identifier}`;
}
