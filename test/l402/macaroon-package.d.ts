/** The parts of the package `macaroon` that tests use; it brings no types. */
declare module 'macaroon' {
  export interface Macaroon {
    readonly identifier: Uint8Array;
    addFirstPartyCaveat(condition: string): void;
    addThirdPartyCaveat(rootKey: Uint8Array, condition: string, location: string): void;
    exportBinary(): Uint8Array;
    /** Throws when a condition does not hold, for which `check` says why, or the signature is wrong. */
    verify(rootKey: Uint8Array, check: (condition: string) => string | null): void;
  }
  export function newMacaroon(parts: {
    readonly identifier: Uint8Array;
    readonly rootKey: Uint8Array;
    readonly location: string;
  }): Macaroon;
  export function importMacaroon(binary: Uint8Array): Macaroon;
}
