import type { PublishReceipt, RelayPool } from '../relays/index.ts';

/** What is told while work goes on takes at most so much of what a relay carries for us. */
const GAP_MS = 100;
/** A relay that says that we are too fast is left alone for this long, then twice as long, up to half a minute. */
const LIMITED_MS = { first: 1000, longest: 30_000 } as const;
/** Relays that are remembered; the one that was used longest ago is forgotten first. */
const MAX_RELAYS = 256;

/** How fast each relay takes what is worth nothing a moment later. */
export class RelayPace {
  readonly #relays = new Map<string, { gapMs: number; nextAtMs: number }>();

  /** Those of the relays that take something now; they are counted as used. */
  admit(relays: readonly string[], nowMs: number): string[] {
    return relays.filter((relay) => {
      const { gapMs, nextAtMs } = this.#relays.get(relay) ?? { gapMs: GAP_MS, nextAtMs: 0 };
      if (nowMs < nextAtMs) return false;
      this.#remember(relay, { gapMs, nextAtMs: nowMs + gapMs });
      return true;
    });
  }

  /** Learns from what a relay said to something that was sent to it. */
  hear({ relay, outcome, message }: PublishReceipt, nowMs: number): void {
    const gapMs = this.#relays.get(relay)?.gapMs ?? GAP_MS;
    if (outcome === 'retry' && message.startsWith('rate-limited')) {
      const slower = Math.min(Math.max(gapMs * 2, LIMITED_MS.first), LIMITED_MS.longest);
      this.#remember(relay, { gapMs: slower, nextAtMs: nowMs + slower });
    } else if (outcome === 'accepted' && gapMs > GAP_MS) {
      this.#remember(relay, { gapMs: Math.max(GAP_MS, gapMs / 2), nextAtMs: nowMs + gapMs });
    }
  }

  #remember(relay: string, pace: { gapMs: number; nextAtMs: number }): void {
    this.#relays.delete(relay);
    this.#relays.set(relay, pace);
    const [oldest] = this.#relays.keys();
    if (this.#relays.size > MAX_RELAYS && oldest !== undefined) this.#relays.delete(oldest);
  }
}

const paces = new WeakMap<RelayPool, RelayPace>();

/** The pace of the relays of a pool, which all jobs and all providers that share it keep together. */
export function paceOf(pool: RelayPool): RelayPace {
  const known = paces.get(pool) ?? new RelayPace();
  paces.set(pool, known);
  return known;
}
