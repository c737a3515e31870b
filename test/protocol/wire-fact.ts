/** One thing that other software really sends, and what must be read from it. */
export interface WireFact {
  /** The number of the fact in the survey of peers. */
  readonly fact: number;
  readonly says: string;
  readonly kind: number;
  readonly tags: readonly (readonly string[])[];
  readonly content?: string;
  /** The content after decryption, for encrypted events. */
  readonly decrypted?: string;
  readonly reads: Readonly<Record<string, unknown>>;
}
