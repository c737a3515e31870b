import * as z from 'zod';
import { EXCHANGE_MODES } from '../../protocol/index.ts';
import { DEFAULT_LIMITS, MAX_WORST_SECONDS } from '../../provider/index.ts';
import { SHELF } from '../shelf.ts';
import { RescueSettings } from './rescue-settings.ts';
import { WORK_FIELDS, WORK_SETTINGS } from './work-settings.ts';

const Sats = z.int().nonnegative().max(2_100_000_000_000_000);
/** As long as a job may take. */
const Seconds = z
  .int()
  .positive()
  .max(MAX_WORST_SECONDS, `must be at most ${MAX_WORST_SECONDS}, which is 30 days`);
/** More than anybody's machine does for one request. */
const MAX_WORK_BITS = 64;

/** A price for so much of a job, see `perUnit` of the provider. */
const PerUnit = z
  .strictObject({
    /** What is counted of the inputs… */
    unit: z.enum(['characters', 'words', 'bytes', 'seconds', 'items']).optional(),
    /** …or the parameter that says how many. */
    param: z.string().min(1).optional(),
    price_sat: Sats,
    /** How many units the price buys. */
    units: z.int().positive().optional(),
    base_sat: Sats.optional(),
    min_sat: Sats.optional(),
    /** What a job is taken to have when nobody can know. */
    unknown_units: z.int().positive().optional(),
    measure_urls: z.boolean().optional(),
  })
  .refine(({ unit, param }) => (unit === undefined) !== (param === undefined), {
    error: 'needs either unit or param',
  });

const ByLoad = z.strictObject({
  idle_percent: z.int().nonnegative().optional(),
  busy_percent: z.int().nonnegative(),
  busy_jobs: z.int().positive(),
});

const Undercut = z.strictObject({
  floor_sat: Sats,
  by_sat: Sats,
  /** New offers for one request. */
  requotes: z.int().nonnegative().max(20).default(3),
});

/** Bits asked of strangers: one number, or more of them the longer the queue is. */
const ProofOfWork = z.preprocess(
  (value) => (typeof value === 'number' ? { idle: value, most: value } : value),
  z
    .strictObject({ idle: z.int().min(0).max(MAX_WORK_BITS), most: z.int().min(0).max(MAX_WORK_BITS) })
    .refine(({ idle, most }) => idle <= most, { error: 'asks for most bits when it is busy' }),
);

const Condition = z.strictObject({
  code: z.string().regex(/^[a-z][a-z0-9-]{1,63}$/, 'must be words in small letters, joined by -'),
  detail: z.string().min(1).max(500),
  /** A file with the keys of those who meet it; without one it is only said. */
  keys_file: z.string().min(1).optional(),
});

/** What holds for a service whatever does its work. */
const TERMS = {
  kind: z.int().min(5000).max(5999).optional(),
  id: z.string().min(1).max(100).optional(),
  name: z.string().min(1).max(100).optional(),
  about: z.string().max(2000).optional(),
  /** Shown beside it; customers' programs load it from there. */
  picture: z
    .url({ protocol: /^https$/, error: 'must be an https address' })
    .max(2000)
    .optional(),
  /** Who sells it, as customers read it. */
  seller: z.string().min(1).max(100).optional(),
  price_sat: Sats.optional(),
  per_unit: PerUnit.optional(),
  by_load: ByLoad.optional(),
  undercut: Undercut.optional(),
  usual_seconds: Seconds.optional(),
  worst_seconds: Seconds.optional(),
  concurrency: z.int().min(1).max(1000).optional(),
  queue_limit: z.int().nonnegative().optional(),
  attempts: z.int().min(1).max(20).optional(),
  retry_after_seconds: z.int().min(0).max(3600).optional(),
  proof_of_work_bits: ProofOfWork.optional(),
  conditions: z.array(Condition).max(20).optional(),
  rescue: RescueSettings.optional(),
  exchanges: z.array(z.enum(EXCHANGE_MODES)).min(1).optional(),
  wait_for_payment: z.boolean().optional(),
  spend_up_to_sat: Sats.optional(),
  /** An identity of its own, by the name of its key file. */
  key: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'must be a name in small letters')
    .optional(),
};

const WORKS = ['shelf', 'exec', 'module', 'http', 'model', 'mcp'] as const;
const KINDS_BY_WORK: Readonly<Record<string, true>> = { shelf: true, module: true, model: true, mcp: true };
const PRICED_BY_WORK: Readonly<Record<string, true>> = { shelf: true, module: true };

/** What `[[service]]` of `coinop.toml` says: something to sell, and its terms. */
export const ServiceSettings = z
  .strictObject({
    ...TERMS,
    ...WORK_SETTINGS,
    /** Those of a service of the shelf. */
    settings: z.record(z.string(), z.unknown()).optional(),
  })
  .superRefine((service, context) => {
    const complain = (message: string, path: readonly (string | number)[] = []) =>
      context.addIssue({ code: 'custom', message, path: [...path], input: service });
    const works = WORKS.filter((work) => service[work] !== undefined);
    const [work] = works;
    if (work === undefined || works.length > 1) return complain(`needs exactly one of ${WORKS.join(', ')}`);
    if (service.kind === undefined && !(work in KINDS_BY_WORK)) complain('is missing', ['kind']);
    const hasPrice = service.price_sat !== undefined || service.per_unit !== undefined;
    if (!hasPrice && !(work in PRICED_BY_WORK)) complain('is missing; 0 is free', ['price_sat']);
    if (service.rescue !== undefined && service.price_sat === 0 && service.per_unit === undefined)
      complain('is for services with a price, as it is paid before the work', ['rescue']);
    const isHeldOnly = service.exchanges?.every((mode) => mode === 'hold') === true;
    if (isHeldOnly && (service.worst_seconds ?? 0) > DEFAULT_LIMITS.holdSeconds)
      complain(
        `is more than the ${DEFAULT_LIMITS.holdSeconds} that hold invoices last, and exchanges has no other mode`,
        ['worst_seconds'],
      );
    if (service.settings !== undefined && work !== 'shelf')
      complain('is for services of the shelf', ['settings']);
    if (work === 'shelf') checkShelf(service, complain);
    const { mcp } = service;
    if (mcp !== undefined && (mcp.command === undefined) === (mcp.url === undefined))
      complain('needs either command or url', ['mcp']);
    if (mcp?.tool !== undefined && mcp.tools !== undefined) complain('has both tool and tools', ['mcp']);
  });

/** The settings of one service, checked. */
export type ServiceSettings = z.output<typeof ServiceSettings>;

function checkShelf(
  { shelf, settings = {} }: { readonly shelf?: string | undefined; readonly settings?: object | undefined },
  complain: (message: string, path: readonly (string | number)[]) => void,
): void {
  const found = SHELF.find(({ name }) => name === shelf);
  if (found === undefined)
    return complain(`has no service of that name; it has ${SHELF.map(({ name }) => name).join(', ')}`, [
      'shelf',
    ]);
  const checked = found.settings.safeParse(settings);
  for (const { message, path } of checked.error?.issues ?? [])
    complain(message, ['settings', ...path.map(String)]);
}

/** Every field that a service may have, by its path. */
export const SERVICE_FIELDS: readonly string[] = [
  ...Object.keys(TERMS),
  ...WORKS,
  'settings',
  ...Object.keys(PerUnit.shape).map((field) => `per_unit.${field}`),
  ...Object.keys(ByLoad.shape).map((field) => `by_load.${field}`),
  ...Object.keys(Undercut.shape).map((field) => `undercut.${field}`),
  ...Object.keys(ProofOfWork.out.shape).map((field) => `proof_of_work_bits.${field}`),
  ...Object.keys(Condition.shape).map((field) => `conditions.${field}`),
  ...Object.keys(RescueSettings.shape).map((field) => `rescue.${field}`),
  ...WORK_FIELDS,
];
