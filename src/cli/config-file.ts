import { readFile } from 'node:fs/promises';
import { parse as parseToml, TomlError } from 'smol-toml';
import { z } from 'zod';
import { failure, success, type Failure, type Outcome } from '../protocol/index.ts';
import { SERVICE_FIELDS, ServiceSettings } from '../services/index.ts';
import { nearestName } from './nearest-name.ts';
import { MAX_SATS } from './option-values.ts';
import { SELLING_RULE_FIELDS, SELLING_RULES } from './selling-rules.ts';

/** One process sells no more. */
const MAX_SERVICES = 100;

const Sats = z.number().int().nonnegative().max(MAX_SATS);

/** The caps on everything that an account spends, in whole sats; 0 allows nothing. */
const Budget = z.strictObject({
  /** One job, or one payment for anything else. */
  per_job_sat: Sats.optional(),
  /** One provider or server, in any 24 hours. */
  per_provider_sat: Sats.optional(),
  /** Everything, in any 24 hours. */
  per_day_sat: Sats.optional(),
  /** Everything, ever. */
  total_sat: Sats.optional(),
});

/** The fields of `[budget]`, which are also environment variables: `COINOP_PER_JOB_SAT` and so on. */
export const BUDGET_FIELDS = Budget.keyof().options;

/** What may stand in `coinop.toml`. Secrets may not: they come from files, the environment or a prompt. */
const ConfigFile = z.strictObject({
  relays: z.array(z.string()).optional(),
  /** A file that holds the NWC connection. */
  wallet_file: z.string().optional(),
  /** Addresses of the Cashu mints that are trusted with ecash. */
  mints: z.array(z.url()).optional(),
  /** Addresses of the Blossom servers that files of results are stored on, the most trusted first. */
  blob_servers: z.array(z.url({ protocol: /^https?$/ })).optional(),
  budget: Budget.optional(),
  /** Where pages for operators are served, and by which names besides addresses they are asked for. */
  admin: z.strictObject({ listen: z.string(), names: z.array(z.string()).optional() }).optional(),
  /** Where a provider's earnings go. */
  forward: z
    .strictObject({
      to: z.string(),
      above_sats: Sats,
      keep_sats: Sats.default(0),
      max_sats_per_day: z.number().int().positive().optional(),
    })
    .refine(({ above_sats, keep_sats }) => keep_sats <= above_sats, {
      message: 'keep_sats must not be more than above_sats',
    })
    .optional(),
  ...SELLING_RULES,
  /** What `coinop serve` sells. */
  service: z.array(ServiceSettings).max(MAX_SERVICES).optional(),
});

/** The settings of one file, or of several merged. */
export type ConfigFile = z.infer<typeof ConfigFile>;

/** Every field that is known, by its path. */
const KNOWN_FIELDS: readonly string[] = [
  ...ConfigFile.keyof().options,
  ...BUDGET_FIELDS.map((field) => `budget.${field}`),
  ...['to', 'above_sats', 'keep_sats', 'max_sats_per_day'].map((field) => `forward.${field}`),
  ...['listen', 'names'].map((field) => `admin.${field}`),
  ...SELLING_RULE_FIELDS,
  ...SERVICE_FIELDS.map((field) => `service.${field}`),
];

/** Names and values by which a secret is recognized. */
const SECRET_NAME = /secret|nsec|nwc|macaroon|passphrase|password|api_?key|private_?key|token/i;
const SECRET_VALUE = /nsec1|ncryptsec1|nostr\+walletconnect:|bunker:\/\//i;

/**
 * Reads the file; one that is missing has no settings. Fails with `secret-in-config` or `invalid-config`; `data` has
 * the path, and the field where there is one. Messages never repeat a value.
 */
export async function readConfigFile(path: string): Promise<Outcome<ConfigFile>> {
  const text = await readIfThere(path);
  if (text === null) return success({});
  let toml: Readonly<Record<string, unknown>>;
  try {
    toml = parseToml(text);
  } catch (error) {
    const where = error instanceof TomlError ? ` (line ${error.line}, column ${error.column})` : '';
    return failure('invalid-config', `${path} is not valid TOML${where}.`, { path });
  }
  const secret = secretIn(toml);
  if (secret !== null)
    return failure(
      'secret-in-config',
      `${path}: "${secret}" holds a secret, which others can read there. Take it out, put it into a file of its own ` +
        '(chmod 600) and name that: wallet_file for a wallet connection, the file "key" of the account for a key; ' +
        'or set NWC_URL or NOSTR_SECRET_KEY.',
      { path, field: secret },
    );
  const parsed = ConfigFile.safeParse(toml);
  return parsed.success ? success(parsed.data) : { ok: false, failure: faultOf(path, toml, parsed.error) };
}

/** The text of a file, or `null` when there is none. */
export async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

function faultOf(path: string, toml: unknown, { issues: [issue] }: z.ZodError): Failure {
  const parents = issue?.path ?? [];
  const where = serviceWords(toml, parents);
  if (issue?.code !== 'unrecognized_keys') {
    const field = fieldOf(parents);
    const message = `${path}: ${where}${field} ${issue?.message}`;
    return { code: 'invalid-config', message, data: { path, field } };
  }
  const field = fieldOf([...parents, ...issue.keys.slice(0, 1)]);
  const meant = nearestField(field);
  const hint = meant === null ? `known are ${KNOWN_FIELDS.join(', ')}` : `did you mean "${meant}"?`;
  return {
    code: 'invalid-config',
    message: `${path}: ${where}"${field}" is not known; ${hint}`,
    data: { path, field, ...(meant === null ? {} : { meant }) },
  };
}

/** A path as it is written in the file, where the items of a list have no numbers. */
function fieldOf(path: readonly PropertyKey[]): string {
  return path.filter((word) => path[0] !== 'service' || typeof word === 'string').join('.');
}

/** Which `[[service]]` it is about, as people find it: by its name, else by its place in the file. */
function serviceWords(toml: unknown, [list, index]: readonly PropertyKey[]): string {
  if (list !== 'service' || typeof index !== 'number') return '';
  const named = ServiceNames.safeParse(toml).data?.service[index];
  const name = named?.name ?? named?.id ?? named?.shelf;
  return typeof name === 'string' ? `service "${name}": ` : `service ${index + 1}: `;
}

const ServiceNames = z.object({
  service: z.array(
    z.object({ name: z.unknown().optional(), id: z.unknown().optional(), shelf: z.unknown().optional() }),
  ),
});

/** By its whole path, else by its last word: `per_day` at the top is `budget.per_day_sat`. */
function nearestField(field: string): string | null {
  const whole = nearestName(field, KNOWN_FIELDS);
  if (whole !== null) return whole;
  const last = nearestName(lastWord(field), KNOWN_FIELDS.map(lastWord));
  return KNOWN_FIELDS.find((known) => lastWord(known) === last) ?? null;
}

function lastWord(path: string): string {
  return path.split('.').at(-1) ?? path;
}

/** The path of the first field that looks like a secret; TOML has no cycles, and its depth is bounded by the file. */
function secretIn(value: unknown, path: readonly string[] = []): string | null {
  if (typeof value === 'string')
    return SECRET_VALUE.test(value) || (SECRET_NAME.test(path.at(-1) ?? '') && value !== '')
      ? path.join('.')
      : null;
  if (typeof value !== 'object' || value === null) return null;
  for (const [name, part] of Object.entries(value)) {
    const found = secretIn(part, [...path, name]);
    if (found !== null) return found;
  }
  return null;
}
