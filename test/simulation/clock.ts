/** The time of one market: it stands still while machines compute, and jumps over waits and work. */
export interface MarketClock {
  /** Unix seconds. */
  readonly now: () => number;
  readonly advance: (seconds: number) => void;
}

/** So far ahead of the machine's time that an invoice of one second has run out. */
const HEAD_START_SECONDS = 3600;

/** Starts a market's time a little ahead of the machine's, and it never falls behind. */
export function startMarketClock(): MarketClock {
  let now = Math.floor(Date.now() / 1000) + HEAD_START_SECONDS;
  return {
    now: () => now,
    advance: (seconds) => {
      now += seconds;
    },
  };
}
