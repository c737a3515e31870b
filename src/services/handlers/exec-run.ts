import { JobFailure, type JobContext } from '../../provider/index.ts';
import { runProcess, type ProcessEnd, type ProcessTask } from '../contained-process.ts';
import { scrubbedEnvironment, withoutSecrets, type GivenEnvironment } from './handler-environment.ts';

/** A program that does the work. */
export interface ExecOptions extends GivenEnvironment {
  readonly command: string;
  /** Without `shell`: given as they are, never interpreted. */
  readonly args?: readonly string[];
  /** `command` is a line for `/bin/sh`. Quote what it takes from `COINOP_…` variables: strangers choose them. */
  readonly shell?: boolean;
  /**
   * `text` (unless told): standard input is the first input's bytes, standard output the result. `json-lines`:
   * standard input is one `JobDocument`, standard output one `HandlerMessage` per line.
   */
  readonly protocol?: 'text' | 'json-lines';
  readonly timeoutMs: number;
  /** 1 MiB of text, 16 MiB of JSON lines and of a file, unless told. */
  readonly maxOutputBytes?: number;
  /** Codes for exit statuses beside those that are usual (`EXIT_CODES`). */
  readonly exitCodes?: ReadonlyMap<number, string>;
}

/** What a program may say by its exit status, after the `sysexits` of BSD; any other is `handler-failed`. */
export const EXIT_CODES: ReadonlyMap<number, string> = new Map([
  [64, 'invalid-params'],
  [65, 'unusable-input'],
  [69, 'service-unavailable'],
  [75, 'temporary-failure'],
]);
/** Those that say that trying again may help, whatever code the operator gives them. */
const RETRYABLE_STATUSES: readonly number[] = [69, 75];

const DEFAULT_OUTPUT_BYTES = { text: 2 ** 20, 'json-lines': 2 ** 24 } as const;
/** Operating systems limit the size of an environment. */
const MAX_FACTS_CHARACTERS = 32_768;
/** What a program may put aside while it works. */
const LEAST_FOLDER_BYTES = 256 * 2 ** 20;
const STDERR_LINES = 5;

/** What is run for a job, in its folder. Throws `JobFailure` with `param-too-large`. */
export function taskOf(
  options: ExecOptions,
  job: JobContext,
  { directory, stdin }: { readonly directory: string; readonly stdin: Uint8Array },
): ProcessTask {
  return {
    command: options.command,
    args: options.args ?? [],
    shell: options.shell ?? false,
    env: { ...scrubbedEnvironment(options), TMPDIR: directory, ...jobFacts(job) },
    stdin,
    timeoutMs: options.timeoutMs,
    maxOutputBytes: outputLimit(options),
    folder: { path: directory, maxBytes: Math.max(LEAST_FOLDER_BYTES, 2 * outputLimit(options)) },
    signal: job.signal,
  };
}

/** How much a program may write, in bytes. */
export function outputLimit({ protocol = 'text', maxOutputBytes }: ExecOptions): number {
  return maxOutputBytes ?? DEFAULT_OUTPUT_BYTES[protocol];
}

/** Runs it. Throws `JobFailure` with `handler-failed`, `handler-timeout` or `handler-output-too-large`. */
export async function runToEnd(task: ProcessTask): Promise<ProcessEnd> {
  const run = await runProcess(task);
  if (run.ok) return run.value;
  throw new JobFailure(
    run.failure.code === 'not-started' ? 'handler-failed' : `handler-${run.failure.code}`,
    `The program was ended. ${run.failure.message}`,
  );
}

/** Throws `JobFailure` with what the exit status means, unless it is 0. */
export function wellEnded(options: ExecOptions, end: ProcessEnd): ProcessEnd {
  if (end.exitCode === 0) return end;
  const how = end.endedBy === null ? `exit code ${end.exitCode}` : end.endedBy;
  const status = end.exitCode ?? -1;
  const code = options.exitCodes?.get(status) ?? EXIT_CODES.get(status) ?? null;
  const words = lastWords(end, options);
  const message = `The program failed (${how}).`;
  const retryable = RETRYABLE_STATUSES.includes(status);
  // A status with a meaning is meant for the customer, and so are the words; what a crash prints is not.
  if (code !== null) throw new JobFailure(code, `${message} ${words}`.trim(), { retryable });
  throw new JobFailure('handler-failed', message, { retryable, forOperator: words === '' ? null : words });
}

/** The job as environment variables. Several values of one parameter are separated by line breaks. */
function jobFacts(job: JobContext): Record<string, string> {
  const [input] = job.inputs;
  const facts: Record<string, string> = {
    COINOP_JOB_ID: job.request.id,
    COINOP_KIND: String(job.request.kind),
    COINOP_CUSTOMER: job.request.customerPubkey,
    COINOP_IDEMPOTENCY_KEY: job.idempotencyKey,
    COINOP_OUTPUT: job.outputs[0] ?? '',
    COINOP_INPUT_TYPE: input?.type ?? '',
    COINOP_INPUT_MEDIA_TYPE: input?.mediaType ?? '',
    COINOP_INPUT_SOURCE: input?.source ?? '',
  };
  // Names that differ only in case or signs are one variable: the plain name, which contracts check, is written last.
  const plainLast = [...job.params].toSorted(([a], [b]) => Number(isPlain(a)) - Number(isPlain(b)));
  for (const [name, values] of plainLast)
    facts[`COINOP_PARAM_${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`] = values.join('\n');
  const clean = Object.entries(facts).map(([name, value]) => [name, value.replaceAll('\0', '')] as const);
  if (clean.reduce((sum, [name, value]) => sum + name.length + value.length, 0) > MAX_FACTS_CHARACTERS)
    throw new JobFailure(
      'param-too-large',
      `The parameters may have at most ${MAX_FACTS_CHARACTERS} characters.`,
    );
  return Object.fromEntries(clean);
}

function isPlain(name: string): boolean {
  return /^[a-z0-9_]+$/.test(name);
}

/** The last lines of standard error: no control characters, no value the operator set, no home directory. */
function lastWords({ stderrTail }: ProcessEnd, given: GivenEnvironment): string {
  return withoutSecrets(stderrTail, given)
    .split(/\r?\n/)
    .map((line) => line.replace(/\p{Cc}/gu, ' ').trim())
    .filter((line) => line !== '')
    .slice(-STDERR_LINES)
    .join('\n');
}
