import { stringify } from 'smol-toml';
import type { ExchangeMode } from '../../src/protocol/index.ts';
import { identifierOf, type WrittenSign } from './server-sign.ts';

/** What `coinop serve` is told of a service besides its sign, as it is being written. */
export interface WrittenTerms {
  readonly work: (typeof WORKS)[number];
  /** A command line, a path or an address, by what does the work. */
  readonly workAt: string;
  /** What is counted where the price is not the same for each job. */
  readonly unit: (typeof UNITS)[number];
  /** How many units the price buys. */
  readonly units: string;
  readonly unitSats: string;
  readonly usualSeconds: string;
  readonly worstSeconds: string;
  /** By which modes it is sold, the preferred first; none for the usual ones. */
  readonly exchanges: readonly SellingMode[];
  readonly conditions: readonly WrittenCondition[];
  /** Addresses with spaces between them, for a file that is new. */
  readonly relays: string;
}

/** What is asked for besides money. */
export interface WrittenCondition {
  /** Tells it from others while it is being written. */
  readonly key: string;
  readonly code: string;
  readonly detail: string;
}

/** What can do the work: a program, a module of JavaScript, an endpoint, a tool server. */
export const WORKS = ['exec', 'module', 'http', 'mcp'] as const;
/** What a price can be asked for. */
export const UNITS = ['characters', 'words', 'bytes', 'seconds', 'items'] as const;
/** A mode in which something with a price is sold. */
export type SellingMode = Exclude<ExchangeMode, 'free'>;
/** The modes that may be chosen, from what leaves the customer the least risk. */
export const SELLING_MODES: readonly SellingMode[] = [
  'hold',
  'ecash-htlc',
  'reveal',
  'sample',
  'postpay',
  'prepay',
  'zap',
  'nutzap',
  'balance',
];

/** What is wrong with it, by field. */
export type TermsProblem = 'work' | 'unit' | 'times' | 'conditions' | 'relays';

/** The terms of a program that nothing was said of. */
export const USUAL_TERMS: WrittenTerms = {
  work: 'exec',
  workAt: './do-the-work.sh',
  unit: 'characters',
  units: '100',
  unitSats: '1',
  usualSeconds: '5',
  worstSeconds: '50',
  exchanges: [],
  conditions: [],
  relays: '',
};

const SATS = /^\d{1,9}$/;
const COUNT = /^[1-9]\d{0,8}$/;
/** The longest that a job may take, and that a hold invoice is kept open. */
const [MAX_WORST_SECONDS, MAX_HELD_SECONDS] = [30 * 86_400, 600];
const CONDITION_CODE = /^[a-z][a-z0-9-]{1,63}$/;
const MAX_DETAIL_CHARS = 500;

/** What has to be mended before `coinop serve` takes it. */
export function termsProblems(sign: WrittenSign, terms: WrittenTerms): ReadonlySet<TermsProblem> {
  const at = terms.workAt.trim();
  const isWork = terms.work === 'http' ? isAddress(at, /^https?:$/) : at !== '';
  const isUnit = sign.pricing !== 'flexible' || (COUNT.test(terms.units) && SATS.test(terms.unitSats));
  const [usual, worst] = [terms.usualSeconds, terms.worstSeconds];
  const isHeldOnly = sign.pricing !== 'free' && terms.exchanges.join() === 'hold';
  const longest = isHeldOnly ? MAX_HELD_SECONDS : MAX_WORST_SECONDS;
  const areSeconds = COUNT.test(usual) && COUNT.test(worst);
  const areTimes = areSeconds && Number(usual) <= Number(worst) && Number(worst) <= longest;
  const areConditions = terms.conditions.every(
    ({ code, detail }) =>
      CONDITION_CODE.test(code) && detail.trim() !== '' && detail.length <= MAX_DETAIL_CHARS,
  );
  const areRelays = relaysOf(terms).every((url) => isAddress(url, /^wss?:$/));
  return new Set<TermsProblem>([
    ...(isWork ? [] : (['work'] as const)),
    ...(isUnit ? [] : (['unit'] as const)),
    ...(areTimes ? [] : (['times'] as const)),
    ...(areConditions ? [] : (['conditions'] as const)),
    ...(areRelays ? [] : (['relays'] as const)),
  ]);
}

/**
 * The service as `coinop.toml` says it. Which settings it understands and that it reads encrypted requests is announced
 * by `coinop serve` itself, from the kind and from the program.
 */
export function tomlOf(sign: WrittenSign, terms: WrittenTerms): string {
  const { kind, name, about, picture, seller } = sign;
  const relays = relaysOf(terms);
  const service = {
    id: identifierOf(sign),
    kind,
    ...(name.trim() === '' ? {} : { name: name.trim() }),
    ...(about.trim() === '' ? {} : { about: about.trim() }),
    ...(picture.trim() === '' ? {} : { picture: picture.trim() }),
    ...(seller.trim() === '' ? {} : { seller: seller.trim() }),
    [terms.work]: terms.workAt.trim(),
    ...priceOf(sign, terms),
    usual_seconds: Number(terms.usualSeconds),
    worst_seconds: Number(terms.worstSeconds),
    ...(sign.pricing === 'free' || terms.exchanges.length === 0 ? {} : { exchanges: [...terms.exchanges] }),
    ...(terms.conditions.length === 0
      ? {}
      : { conditions: terms.conditions.map(({ code, detail }) => ({ code, detail: detail.trim() })) }),
  };
  return stringify({ ...(relays.length === 0 ? {} : { relays }), service: [service] });
}

function priceOf({ pricing, sats }: WrittenSign, { unit, units, unitSats }: WrittenTerms) {
  const written = SATS.test(sats.trim()) ? Number(sats) : 0;
  if (pricing !== 'flexible') return { price_sat: pricing === 'free' ? 0 : written };
  const least = written === 0 ? {} : { min_sat: written };
  return { per_unit: { unit, price_sat: Number(unitSats), units: Number(units), ...least } };
}

function relaysOf({ relays }: WrittenTerms): string[] {
  return relays.split(/[\s,]+/).filter(Boolean);
}

function isAddress(text: string, protocol: RegExp): boolean {
  return protocol.test(URL.parse(text)?.protocol ?? '');
}
