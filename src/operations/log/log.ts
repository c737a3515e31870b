import { pino } from 'pino';
import { unixNow } from '../../clock/index.ts';
import type { Msat } from '../../protocol/index.ts';
import { createMask } from './mask.ts';
import { prettyLine } from './pretty.ts';

/** How much is said: each level says what the ones after it say as well. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** One of `LOG_LEVELS`. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** As lines for people, or as one JSON object a line. */
export const LOG_FORMATS = ['pretty', 'json'] as const;

/** One of `LOG_FORMATS`. */
export type LogFormat = (typeof LOG_FORMATS)[number];

/**
 * What a line may say besides its words. There is no field for anything else, so that nothing secret gets into a log by
 * being part of an object.
 */
export interface LogFields {
  /** The id of the request that a job is about. */
  readonly job?: string | undefined;
  readonly service?: string | undefined;
  readonly kind?: number | undefined;
  /** Public key. */
  readonly customer?: string | undefined;
  /** Public key of the provider, where one process sells under several. */
  readonly provider?: string | undefined;
  readonly work?: string | undefined;
  readonly money?: string | undefined;
  readonly exchange?: string | undefined;
  /** Why it failed, or what trouble it is. */
  readonly code?: string | undefined;
  readonly amountMsat?: Msat | undefined;
  /** How long what the line tells of took. */
  readonly durationMs?: number | undefined;
  readonly attempts?: number | undefined;
  /** Who decided it by hand. */
  readonly by?: string | undefined;
}

/** Writes lines. Nothing that is written can hold a secret of ours; see `createMask`. */
export type Log = Readonly<Record<LogLevel, (message: string, fields?: LogFields) => void>>;

/** Where lines go, and how. */
export interface LogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Takes whole lines. Files are not rotated here: whoever started us keeps what we write. */
  readonly write: (line: string) => void;
  /** Values that must not be written, such as the wallet connection and tokens. */
  readonly secrets?: readonly string[];
  /** Unix seconds; the system clock unless told. */
  readonly now?: () => number;
}

/** Opens the log of a process. */
export function createLog({ level, format, write, secrets = [], now = unixNow }: LogOptions): Log {
  const mask = createMask(secrets);
  const lines = pino(
    {
      level,
      base: null,
      messageKey: 'message',
      timestamp: () => `,"at":"${new Date(now() * 1000).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: format === 'json' ? write : (line: string) => write(prettyLine(line)) },
  );
  const at =
    (wanted: LogLevel) =>
    (message: string, fields: LogFields = {}): void => {
      if (lines.isLevelEnabled(wanted)) lines[wanted](cleanFields(fields, mask), mask(message));
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** Ids are shown only where they are ids; all other words are masked like a message. */
function cleanFields(fields: LogFields, mask: (text: string) => string): Record<string, string | number> {
  const clean: Record<string, string | number> = {};
  for (const name of FIELD_NAMES) {
    const value = fields[name];
    if (value === undefined) continue;
    if (typeof value === 'number') clean[name] = value;
    else if (typeof value === 'bigint') clean[name] = value.toString();
    else clean[name] = ID_FIELDS.has(name) && /^[0-9a-f]{64}$/.test(value) ? value : mask(value);
  }
  return clean;
}

const FIELD_NAMES = [
  'job',
  'service',
  'kind',
  'customer',
  'provider',
  'work',
  'money',
  'exchange',
  'code',
  'amountMsat',
  'durationMs',
  'attempts',
  'by',
] as const satisfies readonly (keyof LogFields)[];

const ID_FIELDS: ReadonlySet<keyof LogFields> = new Set(['job', 'customer', 'provider']);
