import type { SupportedExchange } from '../../src/customer/index.ts';
import { seededRandom } from '../regtest/seeded-random.ts';
import { CONDUCTS, MODES, WORST_SECONDS, type Conduct, type ToldJob } from './sold.ts';
import { drawBadWeather, type Weather } from './weather.ts';

/** How long there is trouble, and of which kind. */
export interface ChaosPlan {
  readonly seed: number;
  readonly seconds: number;
  /** Providers: one on SQLite, or several on one Postgres. */
  readonly machines: number;
  readonly jobsPerSecond: number;
  /** The mean time between two troubles. */
  readonly troubleEveryMs: number;
}

/** Customers of every run, each with books and a wallet of its own. */
export const CUSTOMERS = ['customer-1', 'customer-2', 'customer-3', 'customer-4'] as const;

/**
 * The customer whose wallet may pay and nothing else, and who has no address and no ecash: nobody can give it anything
 * back, as nobody can give to a customer that never returns.
 */
export const PAYS_ONLY: (typeof CUSTOMERS)[number] = 'customer-4';

/** A job, when it is asked for, and what its customer does besides waiting. */
export interface PlannedJob extends ToldJob {
  readonly atMs: number;
  readonly customer: (typeof CUSTOMERS)[number];
  readonly conduct: Conduct;
  /** When after it was asked for; `null` for most. */
  readonly cancelAfterMs: number | null;
  readonly resendAfterMs: number | null;
}

/**
 * Something that goes wrong, with whom, and for how long. `database` pauses or, where it can be, dies; a silence that
 * is not noticed lasts until the client itself gives the connection up.
 */
export type Trouble = { readonly atMs: number; readonly forMs: number } & (
  | { readonly what: 'kill' | 'replace' | 'pause'; readonly part: string }
  | { readonly what: 'cut' | 'refuse'; readonly way: string }
  | { readonly what: 'silence'; readonly way: string; readonly isNoticed: boolean }
  | { readonly what: 'weather'; readonly way: string; readonly weather: Weather }
  | { readonly what: 'database'; readonly dies: boolean }
);

/** Draws the jobs in the order of their time. The same seed draws the same. */
export function drawJobs(plan: ChaosPlan, modes: readonly SupportedExchange[]): readonly PlannedJob[] {
  const random = seededRandom(plan.seed);
  const count = Math.round(plan.seconds * plan.jobsPerSecond);
  return Array.from({ length: count }, (_, index) => {
    const conduct = random() < 0.55 ? 'works' : pick(CONDUCTS, random);
    const key = `job ${index + 1}`;
    const customer = pick(CUSTOMERS, random);
    return {
      key,
      text: `${conduct} ${key}`,
      conduct,
      customer,
      mode: pick(customer === PAYS_ONLY ? MODES.shared : modes, random),
      deadlineSeconds: random() < 0.15 ? WORST_SECONDS + 3 : 14 + Math.floor(random() * 6),
      atMs: (index / plan.jobsPerSecond) * 1000,
      cancelAfterMs: random() < 0.1 ? random() * 4000 : null,
      resendAfterMs: random() < 0.05 ? 2000 + random() * 8000 : null,
    };
  });
}

/** Draws the troubles in the order of their time, for these parts and these ways to the relay. */
export function drawTroubles(
  plan: ChaosPlan,
  { parts, ways }: { readonly parts: readonly string[]; readonly ways: readonly string[] },
): readonly Trouble[] {
  const random = seededRandom(plan.seed ^ 0x5bd1e995);
  const troubles: Trouble[] = [];
  for (let atMs = 0; ;) {
    atMs += random() * 2 * plan.troubleEveryMs;
    if (atMs >= plan.seconds * 1000) return troubles;
    troubles.push({ atMs, ...drawTrouble(random, parts, ways) });
  }
}

/** `Trouble` without its time. */
type TimelessTrouble = Trouble extends infer Each
  ? Each extends Trouble
    ? Omit<Each, 'atMs'>
    : never
  : never;

function drawTrouble(
  random: () => number,
  parts: readonly string[],
  ways: readonly string[],
): TimelessTrouble {
  const [which, part, way] = [random(), pick(parts, random), pick(ways, random)];
  const forMs = 300 + random() * random() * 9000; // many short ones, some longer than a lease
  if (which < 0.22) return { what: 'kill', part, forMs: 0 };
  if (which < 0.27) return { what: 'replace', part, forMs: 0 };
  if (which < 0.42) return { what: 'pause', part, forMs };
  if (which < 0.54) return { what: 'cut', way, forMs: 0 };
  if (which < 0.64) return { what: 'refuse', way, forMs };
  if (which < 0.72) return { what: 'silence', way, forMs, isNoticed: random() < 0.6 };
  if (which < 0.9) return { what: 'weather', way, forMs: forMs * 2, weather: drawBadWeather(random) };
  return { what: 'database', forMs, dies: random() < 0.4 };
}

function pick<Item>(items: readonly Item[], random: () => number): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new RangeError('There is nothing to pick from.');
  return item;
}
