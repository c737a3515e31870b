import type { Evidence, OwnPurchase } from '../reputation/index.ts';
import type { AskRelays } from './ask-relays.ts';
import { gatherEvidence } from './gather-evidence.ts';

/** Evidence about a provider is asked for again after so long. */
const FRESH_SECONDS = 60;

/** Providers looked at in one call, and waiting for the background. */
const MAX_AT_ONCE = 100;

/** Providers of which is remembered when they were looked at. */
const MAX_REMEMBERED = 5000;

/** Keeps the evidence about providers fresh. */
export interface EvidenceKeeper {
  /** Asks the relays about those (the first 100) that were not looked at for a minute, and the own books. */
  gather(
    pubkeys: readonly string[],
    kinds: readonly number[],
    signal: AbortSignal | undefined,
  ): Promise<void>;
  /** The same without a wait, one batch at a time. */
  gatherLater(pubkeys: readonly string[]): void;
  /** Resolves when nothing goes on in the background. */
  idle(): Promise<void>;
}

/** Makes a keeper, which starts nothing once `closing` has aborted. */
export function createEvidenceKeeper(parts: {
  readonly ask: AskRelays;
  readonly evidence: Evidence;
  readonly ownHistory: () => Promise<readonly OwnPurchase[]>;
  /** The reader's own key; `null` without one. */
  readonly self: string | null;
  /** Unix seconds. */
  readonly now: () => number;
  readonly closing: AbortSignal;
}): EvidenceKeeper {
  const { ask, evidence, ownHistory, self, now, closing } = parts;
  const lookedAt = new Map<string, number>();
  const waiting = new Set<string>();
  let background: Promise<void> | null = null;

  const isDue = (pubkey: string) => now() - (lookedAt.get(pubkey) ?? -Infinity) >= FRESH_SECONDS;
  const gather: EvidenceKeeper['gather'] = async (pubkeys, kinds, signal) => {
    evidence.setOwn(await ownHistory());
    const providers = [...new Set(pubkeys)].filter(isDue).slice(0, MAX_AT_ONCE);
    const ends = signal === undefined ? closing : AbortSignal.any([closing, signal]);
    await gatherEvidence(ask, evidence, { providers, kinds, self, now: now() }, ends);
    if (ends.aborted) return;
    for (const pubkey of providers) {
      lookedAt.delete(pubkey);
      lookedAt.set(pubkey, now());
    }
    for (const pubkey of [...lookedAt.keys()].slice(0, Math.max(0, lookedAt.size - MAX_REMEMBERED)))
      lookedAt.delete(pubkey);
  };

  const runBackground = async () => {
    while (waiting.size > 0 && !closing.aborted) {
      const batch = [...waiting];
      waiting.clear();
      // A store of purchases that fails tells its owner; here it only means that nothing new is known.
      await gather(batch, [], undefined).catch(() => undefined);
    }
    background = null;
  };

  return {
    gather,
    gatherLater(pubkeys) {
      if (closing.aborted) return;
      for (const pubkey of pubkeys) if (waiting.size < MAX_AT_ONCE && isDue(pubkey)) waiting.add(pubkey);
      if (waiting.size > 0) background ??= runBackground();
    },
    async idle() {
      await background;
    },
  };
}
