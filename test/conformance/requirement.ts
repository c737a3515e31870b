import type { Evidence } from './cited-test.ts';

/**
 * How strongly a sentence binds. Capitals are RFC 2119 words as the NIP prints them, small letters the same words
 * in small print, and `rule` is a sentence that binds without such a word.
 */
export type Level = 'MUST' | 'SHOULD' | 'MAY' | 'must' | 'should' | 'may' | 'rule';

/** The words of which every single one in a NIP is accounted for. */
export const KEYWORDS = ['MUST', 'SHOULD', 'MAY'] as const;

interface Sentence {
  readonly level: Level;
  /** Section and sentence. */
  readonly at: string;
  /** What it asks for, in our words. */
  readonly says: string;
}

/** One sentence of a NIP that concerns coinop, and how it is known that coinop keeps to it. */
export interface Requirement extends Sentence {
  /** Tests that verify it. Tests of this folder name the requirement themselves, by `verifies`. */
  readonly tests?: readonly Evidence[];
  /** Why coinop does otherwise, or does nothing. Never for what binds unconditionally. */
  readonly exempt?: string;
}

/** A sentence with a keyword that concerns something coinop is not or does not do. */
export interface OtherConcern {
  readonly level: (typeof KEYWORDS)[number];
  readonly at: string;
  /** Whom or what it concerns. */
  readonly why: string;
}

/** A NIP as the manifest reads it. */
export interface Nip<Digits extends string = string, Name extends string = string> {
  readonly number: Digits;
  /** The commit of nostr-protocol/nips that was read. */
  readonly commit: string;
  /** How often each keyword stands in its text. */
  readonly keywords: Readonly<Record<(typeof KEYWORDS)[number], number>>;
  readonly requirements: Readonly<Record<Name, Requirement>>;
  readonly others: readonly OtherConcern[];
}

/** Keeps the names of the requirements for the compiler. */
export function nip<const Digits extends string, const Name extends string>(
  read: Nip<Digits, Name>,
): Nip<Digits, Name> {
  return read;
}

/** The commit of nostr-protocol/nips that the manifest was made from. */
export const NIPS_COMMIT = 'db5fe3de8c5d1443b634c9bbf66ecb004f337057';
