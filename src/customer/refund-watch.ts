import type { Msat } from '../protocol/index.ts';

/** What a run knows about the refund of its purchase; what must survive a crash is in the ledger. */
export interface RefundWatch {
  /** Requests of the provider for a claim that were not answered yet. */
  unansweredOffers: number;
  /** Payments by which the provider says that it refunded, with their preimages; the own wallet is asked whether it did. */
  readonly paidHashes: Set<string>;
  /** Nutzaps of the provider that were swapped into our ecash, and what came of them. */
  readonly returned: Map<string, Msat>;
  /** Calls of the wallet that brought nothing yet; the pause between them grows. */
  looksInVain: number;
  nextLookAtMs: number;
  /** When the last invoice was made, by the process's own clock; a wallet whose clock is off must not make us flood. */
  claimedAtMs: number;
}

/** Another invoice is made at the earliest after this, whatever the last one says of its end. */
const CLAIM_PAUSE_MS = 60_000;

/** Whether another invoice may be made by now. */
export function mayClaimAgain({ claimedAtMs }: RefundWatch): boolean {
  return performance.now() - claimedAtMs >= CLAIM_PAUSE_MS;
}

const LOOK_PAUSE_MS = { first: 1000, longest: 300_000 };

/** Begins to watch for a refund. */
export function watchRefund(): RefundWatch {
  return {
    unansweredOffers: 0,
    paidHashes: new Set(),
    returned: new Map(),
    looksInVain: 0,
    nextLookAtMs: 0,
    claimedAtMs: -Infinity,
  };
}

/** How long to wait for the next look. */
export function pauseMs({ looksInVain }: RefundWatch): number {
  return Math.min(LOOK_PAUSE_MS.first * 2 ** looksInVain, LOOK_PAUSE_MS.longest);
}

/** Something promises news: look at once, and often at first. */
export function hasten(watch: RefundWatch): void {
  watch.looksInVain = 0;
  watch.nextLookAtMs = 0;
}

/** The wallet is asked now, and again after a longer pause than before. */
export function noteTry(watch: RefundWatch): void {
  watch.looksInVain += 1;
  watch.nextLookAtMs = performance.now() + pauseMs(watch);
}
