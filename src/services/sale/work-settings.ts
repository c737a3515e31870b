import * as z from 'zod';
import { ModelSettings } from '../model-settings.ts';

const isShort = (value: unknown): boolean => typeof value === 'string' || Array.isArray(value);

/** What stands alone is short for the field that matters most. */
function shorthand<Shape extends z.ZodRawShape>(field: string, shape: Shape) {
  return z.preprocess((value) => (isShort(value) ? { [field]: value } : value), z.strictObject(shape));
}

const Text = z.string().min(1);
/** A line for the shell, or a program and its arguments as they are. */
const Command = z.union([Text, z.array(z.string()).min(1)], { error: 'must be a command line, or a list' });
const environment = {
  env: z.record(z.string(), z.string()).optional(),
  pass_env: z.array(Text).optional(),
};
const HttpUrl = z.url({ protocol: /^https?$/, error: 'must be an http(s) URL' });
const keySource = { key_env: Text.optional(), key_file: Text.optional() };

/** `exec`: a program. */
const ExecSettings = shorthand('command', {
  command: Command,
  protocol: z.enum(['text', 'json-lines']).optional(),
  ...environment,
  max_output_bytes: z.int().positive().optional(),
  /** Exit status → code. */
  exit_codes: z.record(z.string().regex(/^\d{1,3}$/), z.string().regex(/^[a-z][a-z0-9-]{1,63}$/)).optional(),
});

/** `module`: a TypeScript or JavaScript file. */
const ModuleSettings = shorthand('path', { path: Text, ...environment });

/** `http`: an endpoint. */
const HttpSettings = shorthand('url', {
  url: HttpUrl,
  ...keySource,
  max_answer_bytes: z.int().positive().optional(),
  idempotent: z.boolean().optional(),
});

/** `model`: a chat model. */
const SoldModelSettings = z.strictObject({
  ...ModelSettings.shape,
  system: Text.optional(),
  max_tokens: z.int().positive().optional(),
});

const Sats = z.int().nonnegative();

/** `mcp`: a tool server. */
const McpSettings = shorthand('command', {
  command: Command.optional(),
  ...environment,
  url: HttpUrl.optional(),
  ...keySource,
  tool: Text.optional(),
  /** Names, or name → price in sats. */
  tools: z.union([z.array(Text).min(1), z.record(Text, Sats)]).optional(),
});

/** What does the work of a service; exactly one of these. */
export const WORK_SETTINGS = {
  /** The name of a service of the shelf; `settings` are its own. */
  shelf: Text.optional(),
  exec: ExecSettings.optional(),
  module: ModuleSettings.optional(),
  http: HttpSettings.optional(),
  model: SoldModelSettings.optional(),
  mcp: McpSettings.optional(),
};

/** How each form of work is written, beside `shelf`. */
export type ExecWork = z.output<typeof ExecSettings>;
/** See `ExecWork`. */
export type ModuleWork = z.output<typeof ModuleSettings>;
/** See `ExecWork`. */
export type HttpWork = z.output<typeof HttpSettings>;
/** See `ExecWork`. */
export type ModelWork = z.output<typeof SoldModelSettings>;
/** See `ExecWork`. */
export type McpWork = z.output<typeof McpSettings>;

/** Every field of every form of work, by its path. */
export const WORK_FIELDS: readonly string[] = Object.entries({
  exec: ExecSettings,
  module: ModuleSettings,
  http: HttpSettings,
  mcp: McpSettings,
})
  .flatMap(([work, { out }]) => Object.keys(out.shape).map((field) => `${work}.${field}`))
  .concat(Object.keys(SoldModelSettings.shape).map((field) => `model.${field}`));
