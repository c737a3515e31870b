import type { ExchangeMode } from '../../src/protocol/index.ts';
import { between, drawsFor } from './draws.ts';

/**
 * What a seller means to do.
 *
 * - `honest`: what it says, as fast as it says.
 * - `slow`: the right thing, several times later than it says, sometimes too late.
 * - `flaky`: honest, but some jobs come to nothing; money that it has by then stays with it.
 * - `vanishing`: takes the money and is not heard of again. Where money is only locked, it takes the lock's money.
 * - `locking`: lets money be locked and does nothing until the lock's time is over.
 * - `junk`: delivers worthless content of the right size and takes the money.
 * - `broken-seal`: what was paid for does not open.
 * - `false-invoice`: the invoice is over more than it says, has run out, or is somebody else's.
 * - `baiting`: promises low, asks for more when the work is done.
 * - `sample-bait`: shows a good sample; the rest is junk.
 * - `copying`: sells again what others have delivered, or whatever is at hand.
 * - `dead`: has announced itself once and never answers.
 */
export type Conduct =
  | 'honest'
  | 'slow'
  | 'flaky'
  | 'vanishing'
  | 'locking'
  | 'junk'
  | 'broken-seal'
  | 'false-invoice'
  | 'baiting'
  | 'sample-bait'
  | 'copying'
  | 'dead';

/** The modes in which the sellers of a market sell. */
export type SoldMode = Extract<ExchangeMode, 'hold' | 'prepay' | 'postpay' | 'reveal' | 'sample'>;

/** A seller as it would describe itself in private. */
export interface Seller {
  readonly name: string;
  readonly conduct: Conduct;
  readonly exchange: SoldMode;
  /** Its price as a multiple of what is usual. */
  readonly priceFactor: number;
  /** What it claims in its quotes. */
  readonly usualSeconds: number;
  readonly worstSeconds: number;
  /** What its work usually takes. */
  readonly realSeconds: number;
  /** In which share of the jobs it answers at all. */
  readonly presence: number;
  /** Begins anew under another key after each customer that it has cheated. */
  readonly renames: boolean;
  /** So many jobs are done honestly before it shows its conduct: a record to sell out. */
  readonly honestJobs: number;
  /** Customers that nobody knows praise it in public: true customers, or keys of its own. */
  readonly praised: boolean;
}

/** Some sellers of the same kind: what they are like, and how many there are among fifty and among twelve. */
type Kind = readonly [
  name: string,
  conduct: Conduct,
  exchange: SoldMode,
  /** Multiples of the usual price. */
  price: readonly [least: number, most: number],
  /** Seconds that work is said to take. */
  claims: readonly [least: number, most: number],
  ofFifty: number,
  ofTwelve: number,
  extra?: Partial<Pick<Seller, 'renames' | 'honestJobs' | 'praised'>>,
];

const FAIR = [0.7, 1.3] as const;
const LOW = [0.5, 0.9] as const;
const HIGH = [2.5, 3.5] as const;
/** What often undercuts those who have to work for it. */
const BAIT = [0.35, 0.95] as const;
const WORKING = [4, 45] as const;
/** What sounds faster than most who have to work for it. */
const SWIFT = [2, 15] as const;

const KINDS: readonly Kind[] = [
  ['hold', 'honest', 'hold', FAIR, WORKING, 9, 2],
  ['prepay', 'honest', 'prepay', LOW, WORKING, 5, 1],
  ['reveal', 'honest', 'reveal', FAIR, WORKING, 3, 1],
  ['postpay', 'honest', 'postpay', FAIR, WORKING, 3, 0],
  ['sample', 'honest', 'sample', LOW, WORKING, 2, 0],
  ['overpriced', 'honest', 'hold', HIGH, SWIFT, 2, 0],
  ['slow', 'slow', 'hold', LOW, WORKING, 3, 1],
  ['flaky', 'flaky', 'hold', LOW, WORKING, 2, 1],
  ['flaky-prepay', 'flaky', 'prepay', LOW, WORKING, 1, 0],
  ['vanish', 'vanishing', 'prepay', BAIT, SWIFT, 1, 1],
  ['praised-vanish', 'vanishing', 'prepay', BAIT, SWIFT, 1, 0, { praised: true }],
  ['thief', 'vanishing', 'hold', BAIT, SWIFT, 1, 1],
  ['praised-thief', 'vanishing', 'hold', BAIT, SWIFT, 1, 0, { praised: true }],
  ['locker', 'locking', 'hold', BAIT, SWIFT, 2, 0],
  ['junk', 'junk', 'hold', BAIT, SWIFT, 2, 1],
  ['junk-prepay', 'junk', 'prepay', BAIT, SWIFT, 1, 0],
  ['sealed-junk', 'junk', 'reveal', BAIT, SWIFT, 1, 0],
  ['broken-seal', 'broken-seal', 'reveal', BAIT, SWIFT, 1, 1],
  ['false-invoice', 'false-invoice', 'hold', BAIT, SWIFT, 1, 0],
  ['bait', 'baiting', 'postpay', BAIT, SWIFT, 1, 0],
  ['sample-bait', 'sample-bait', 'sample', BAIT, SWIFT, 1, 0],
  ['copier', 'copying', 'hold', BAIT, SWIFT, 1, 0],
  ['dead', 'dead', 'hold', LOW, WORKING, 1, 0],
  ['sybil-prepay', 'vanishing', 'prepay', BAIT, SWIFT, 1, 1, { renames: true }],
  ['sybil-hold', 'vanishing', 'hold', BAIT, SWIFT, 1, 0, { renames: true }],
  ['leaver', 'vanishing', 'hold', LOW, WORKING, 1, 1, { honestJobs: 15 }],
  ['leaver-prepay', 'vanishing', 'prepay', LOW, WORKING, 1, 0, { honestJobs: 10 }],
];

/** How many sellers a market has. */
export type CastSize = 50 | 12;

/** Of the sellers about this many answer a job. */
const USUAL_OFFERS = { 50: 9, 12: 6 } as const;
/** A worst time is this multiple of the usual one, and never so short that a busy machine runs past it. */
const WORST = { factor: 2, leastSeconds: 60 };
/** How much later than it says a slow seller usually delivers. */
const SLOWNESS = 4;

/** The sellers of a market. Prices and speeds are the seed's; who they are is not. */
export function castOf(seed: number, size: CastSize): Seller[] {
  const sellers = KINDS.flatMap((kind) => {
    const [, , , , , ofFifty, ofTwelve] = kind;
    const count = size === 50 ? ofFifty : ofTwelve;
    return Array.from({ length: count }, (_none, index) => hire(seed, kind, index + 1, size));
  });
  if (sellers.length !== size) throw new Error(`The kinds make ${sellers.length} sellers, not ${size}.`);
  return sellers;
}

function hire(seed: number, kind: Kind, index: number, size: CastSize): Seller {
  const [kindName, conduct, exchange, price, claims, , , extra] = kind;
  const name = `${kindName}-${index}`;
  const draw = drawsFor(seed, 'seller', name);
  const usualSeconds = Math.round(between(draw, ...claims));
  return {
    name,
    conduct,
    exchange,
    priceFactor: between(draw, ...price),
    usualSeconds,
    worstSeconds: Math.max(WORST.leastSeconds, usualSeconds * WORST.factor),
    realSeconds: usualSeconds * (conduct === 'slow' ? SLOWNESS : 1),
    presence: name === ALWAYS_THERE ? 1 : USUAL_OFFERS[size] / size,
    renames: false,
    honestJobs: 0,
    praised: conduct === 'honest' && draw() < PRAISED,
    ...extra,
  };
}

/** So many of the honest have customers who say so. */
const PRAISED = 0.3;
/** No job is without an honest offer that can be taken. */
const ALWAYS_THERE = 'hold-1';
