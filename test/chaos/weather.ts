/** How frames travel between a client and its relay. The shares are from 0 to 1. */
export interface Weather {
  /** The longest that a frame is held back; each is for a drawn part of it. */
  readonly delayMs: number;
  /** So many characters pass in a second; `null` knows no bound. */
  readonly charsPerSecond: number | null;
  /** Events that come twice, in either direction. */
  readonly repeated: number;
  /** Events that are overtaken by the next one to the same client. */
  readonly swapped: number;
  /** OKs that never arrive. */
  readonly lostOks: number;
}

/** Everything arrives at once, once, and in order. */
export const FAIR_WEATHER: Weather = {
  delayMs: 0,
  charsPerSecond: null,
  repeated: 0,
  swapped: 0,
  lostOks: 0,
};

/** Some weather that is bad in most ways, drawn. */
export function drawBadWeather(random: () => number): Weather {
  return {
    delayMs: random() < 0.7 ? 20 + random() * 380 : 0,
    charsPerSecond: random() < 0.3 ? 4_000 + random() * 20_000 : null,
    repeated: random() < 0.6 ? random() : 0,
    swapped: random() < 0.6 ? random() : 0,
    lostOks: random() < 0.4 ? random() : 0,
  };
}
