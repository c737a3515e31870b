import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { announcedParams, kindContract } from '../protocol/index.ts';
import { JobFailure, service, type JobContext, type JobHandler, type Service } from '../provider/index.ts';
import { runProcess, type ProcessEnd } from './contained-process.ts';

/** A program that does the work. */
export interface ExecOptions {
  readonly command: string;
  /** Without `shell`: given as they are, never interpreted. */
  readonly args?: readonly string[];
  /** `command` is a line for `/bin/sh`. Quote what it takes from `COINOP_…` variables: strangers choose them. */
  readonly shell?: boolean;
  /** What standard input carries: the first input's bytes (unless told), or the whole job as JSON. */
  readonly stdin?: 'input' | 'json';
  readonly timeoutMs: number;
  /** 1 MiB unless told. */
  readonly maxOutputBytes?: number;
  /** Added to the program's environment, which inherits only PATH, HOME and LANG. May hold secrets. */
  readonly env?: Readonly<Record<string, string>>;
}

const DEFAULT_OUTPUT_BYTES = 2 ** 20;
const INHERITED = ['PATH', 'HOME', 'LANG'];
/** Operating systems limit the size of an environment. */
const MAX_FACTS_CHARACTERS = 32_768;
const STDERR_LINES = 5;
/** Shorter values are too likely to stand in harmless words. */
const MIN_SECRET_CHARACTERS = 4;

/** What is needed to sell a program's work as a service of the given kind. */
export interface ExecServiceOptions extends ExecOptions {
  readonly id?: string;
  readonly kind: number;
  readonly name: string;
  readonly about?: string;
  readonly priceSats?: number;
  readonly concurrency?: number;
}

/** Sells the work of a program: its standard output is the result. See `execHandler`. */
export function execService(options: ExecServiceOptions): Service {
  const { id, kind, name, about, priceSats, concurrency } = options;
  const timeoutSeconds = Math.ceil(options.timeoutMs / 1000);
  return service({
    kind,
    name,
    ...(id === undefined ? {} : { id }),
    ...(about === undefined ? {} : { about }),
    ...(priceSats === undefined ? {} : { priceSats }),
    ...(concurrency === undefined ? {} : { concurrency }),
    usualSeconds: Math.min(5, timeoutSeconds),
    // Fetching the inputs and ending the program take time too.
    worstSeconds: timeoutSeconds + 10,
    params: announcedParams(kindContract(kind)),
    handler: execHandler(options),
  });
}

/**
 * Runs a program for each job: input on standard input, facts of the job in `COINOP_…` variables, result
 * from standard output without its last line break. Fails with `handler-failed` (exit code not zero; the
 * last lines of standard error are told, without values of `env`), `handler-timeout`,
 * `handler-output-too-large`, `output-not-text`, `param-too-large` or `no-input`.
 */
export function execHandler(options: ExecOptions): JobHandler {
  return async (job) => {
    const facts = jobFacts(job);
    const directory = await mkdtemp(join(tmpdir(), 'coinop-exec-'));
    try {
      const run = await runProcess({
        command: options.command,
        args: options.args ?? [],
        shell: options.shell ?? false,
        env: { ...inheritedEnvironment(), TMPDIR: directory, ...options.env, ...facts },
        stdin: standardInput(job, options.stdin ?? 'input'),
        timeoutMs: options.timeoutMs,
        maxOutputBytes: options.maxOutputBytes ?? DEFAULT_OUTPUT_BYTES,
        signal: job.signal,
      });
      if (!run.ok)
        throw new JobFailure(
          run.failure.code === 'not-started' ? 'handler-failed' : `handler-${run.failure.code}`,
          `The program was ended. ${run.failure.message}`,
        );
      return resultText(run.value, options.env ?? {});
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  };
}

function inheritedEnvironment(): Record<string, string> {
  return Object.fromEntries(
    INHERITED.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
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
  for (const [name, values] of job.params)
    facts[`COINOP_PARAM_${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`] = values.join('\n');
  const clean = Object.entries(facts).map(([name, value]) => [name, value.replaceAll('\0', '')] as const);
  if (clean.reduce((sum, [name, value]) => sum + name.length + value.length, 0) > MAX_FACTS_CHARACTERS)
    throw new JobFailure(
      'param-too-large',
      `The parameters may have at most ${MAX_FACTS_CHARACTERS} characters.`,
    );
  return Object.fromEntries(clean);
}

function standardInput(job: JobContext, form: 'input' | 'json'): Uint8Array {
  if (form === 'input') {
    const [input] = job.inputs;
    if (!input) throw new JobFailure('no-input', 'The job has no input to work on.');
    return input.bytes;
  }
  return Buffer.from(
    JSON.stringify({
      id: job.request.id,
      kind: job.request.kind,
      customer: job.request.customerPubkey,
      idempotencyKey: job.idempotencyKey,
      params: Object.fromEntries(job.params),
      outputs: job.outputs,
      inputs: job.inputs.map(({ type, marker, mediaType, source, bytes }) => ({
        type,
        marker,
        mediaType,
        source,
        base64: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64'),
      })),
    }),
  );
}

function resultText(end: ProcessEnd, env: Readonly<Record<string, string>>): string {
  if (end.exitCode !== 0) {
    const how = end.endedBy === null ? `exit code ${end.exitCode}` : end.endedBy;
    throw new JobFailure(
      'handler-failed',
      [`The program failed (${how}).`, lastWords(end, env)].join(' ').trim(),
    );
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(end.stdout);
    if (!text.includes('\0')) return text.replace(/\r?\n$/, '');
  } catch {
    // Not UTF-8; told below.
  }
  throw new JobFailure('output-not-text', 'The program wrote something that is not UTF-8 text.');
}

/** The last lines of standard error for the customer: no control characters, no value the operator set, no home directory. */
function lastWords(end: ProcessEnd, env: Readonly<Record<string, string>>): string {
  // Line by line, for the output is judged so too and keys in PEM have many.
  const secrets = [...Object.values(env), process.env['HOME'] ?? '']
    .flatMap((value) => value.split(/\r?\n/))
    .filter((value) => value.length >= MIN_SECRET_CHARACTERS)
    .toSorted((a, b) => b.length - a.length);
  const words = new TextDecoder().decode(end.stderrTail);
  return secrets
    .reduce((text, secret) => text.replaceAll(secret, '…'), words)
    .split(/\r?\n/)
    .map((line) => line.replace(/\p{Cc}/gu, ' ').trim())
    .filter((line) => line !== '')
    .slice(-STDERR_LINES)
    .join('\n');
}
