import { constants } from 'node:fs';
import { access, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { env } from 'node:process';
import { failure, success, type Failure, type Outcome } from '../protocol/index.ts';
import { JobFailure } from '../provider/index.ts';
import { runProcess, type ProcessFailureCode } from './contained-process.ts';

/** A program of this machine that a service works with. */
export interface LocalTool {
  /** As it is found in PATH. */
  readonly command: string;
  /** The Debian packages that bring it. */
  readonly packages: string;
}

/** How far a tool may go. CPU, memory and single files are kept by `prlimit`, where the machine has it. */
export interface ToolLimits {
  readonly timeoutMs: number;
  /** Of its address space. */
  readonly maxMemoryBytes: number;
  /** Of standard output, and of each file it writes. */
  readonly maxOutputBytes: number;
}

/** One use of a tool. It works in a folder of its own, which is removed afterwards. */
export interface ToolUse {
  readonly args: readonly string[];
  /** Files laid into its folder first, by names that we choose. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
  readonly stdin?: Uint8Array;
  /** The file that it leaves as its result; standard output is the result otherwise. */
  readonly result?: string;
  readonly limits: ToolLimits;
  readonly signal: AbortSignal;
}

/** Why a tool gave no result. `failed`: it ended with an error, or left no result. */
export type ToolFailureCode = ProcessFailureCode | 'failed';

const NOTHING = new Uint8Array();
const MAX_OPEN_FILES = 64;
/** Sound libraries reserve shared memory of 64 MiB, which counts as a file, even where they play nothing. */
const LEAST_FILE_LIMIT_BYTES = 128 * 2 ** 20;

/** The failure `tool-missing`, which says what to install, or `null` when the tool is there. */
export async function toolMissing(tool: LocalTool): Promise<Failure | null> {
  if ((await findCommand(tool.command)) !== null) return null;
  const { command, packages } = tool;
  return {
    code: 'tool-missing',
    message: `${command} is not installed; on Debian: apt install ${packages}`,
    data: { command, packages },
  };
}

/** The first failure of several tools, or `null` when all are there. */
export async function anyToolMissing(tools: readonly LocalTool[]): Promise<Failure | null> {
  return (await Promise.all(tools.map(toolMissing))).find((missing) => missing !== null) ?? null;
}

/**
 * Runs a tool on a stranger's data: in a process group that is killed with the job, with an empty environment but for
 * PATH, in a temporary folder, and under limits. What it complains about is nobody's business: hostile files choose
 * these words. Rejects with the signal's reason on abort.
 */
export async function runTool(tool: LocalTool, use: ToolUse): Promise<Outcome<Uint8Array, ToolFailureCode>> {
  const folder = await mkdtemp(join(tmpdir(), 'coinop-tool-'));
  try {
    // A home that is empty: settings of the operator's own programs do not count here.
    await mkdir(join(folder, 'home'));
    for (const [name, bytes] of Object.entries(use.files ?? {}))
      await writeFile(join(folder, basename(name)), bytes);
    const { command, args } = await underLimits(tool.command, use);
    const run = await runProcess({
      command,
      args,
      shell: false,
      cwd: folder,
      env: {
        PATH: env['PATH'] ?? '',
        HOME: join(folder, 'home'),
        TMPDIR: folder,
        LANG: 'C.UTF-8',
        // Tesseract takes all cores otherwise, and is slower with them.
        OMP_THREAD_LIMIT: '1',
      },
      stdin: use.stdin ?? NOTHING,
      timeoutMs: use.limits.timeoutMs,
      maxOutputBytes: use.limits.maxOutputBytes,
      folder: { path: folder, maxBytes: roomFor(use) },
      signal: use.signal,
    });
    if (!run.ok) return run;
    const { exitCode, endedBy, stdout } = run.value;
    if (endedBy === 'SIGXFSZ') return tooLarge(use.limits);
    if (exitCode !== 0) return failure('failed', `${tool.command} ended with an error.`);
    if (use.result === undefined) return success(stdout);
    return await readResult(join(folder, basename(use.result)), use.limits);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * What a tool made of a customer's data, or a `JobFailure`: `file-unreadable` when it failed or ran out of time,
 * `result-too-large`, or `service-unavailable` when it could not be started.
 */
export function toolResult(run: Outcome<Uint8Array, ToolFailureCode>, what: string): Uint8Array {
  if (run.ok) return run.value;
  if (run.failure.code === 'output-too-large')
    throw new JobFailure('result-too-large', `${what} became too large. ${run.failure.message}`);
  if (run.failure.code === 'not-started')
    throw new JobFailure('service-unavailable', 'A program that this service works with is gone.');
  throw new JobFailure('file-unreadable', `${what} could not be worked on. ${run.failure.message}`);
}

async function readResult(path: string, limits: ToolLimits): Promise<Outcome<Uint8Array, ToolFailureCode>> {
  const size = (await stat(path).catch(() => null))?.size ?? 0;
  if (size > limits.maxOutputBytes) return tooLarge(limits);
  const bytes = await readFile(path).catch(() => NOTHING);
  return bytes.length === 0 ? failure('failed', 'It left no result.') : success(bytes);
}

/** What is laid into the folder of a tool, and as much again as its result and what it puts aside may take. */
function roomFor({ files = {}, limits }: ToolUse): number {
  const given = Object.values(files).reduce((sum, { length }) => sum + length, 0);
  return given + 2 * Math.max(limits.maxOutputBytes, LEAST_FILE_LIMIT_BYTES);
}

function tooLarge({ maxOutputBytes }: ToolLimits) {
  return failure('output-too-large', `It wrote more than ${maxOutputBytes} bytes.`);
}

async function underLimits(
  command: string,
  { args, limits }: ToolUse,
): Promise<{ readonly command: string; readonly args: readonly string[] }> {
  const prlimit = await findCommand('prlimit');
  if (prlimit === null) return { command, args };
  const limited = [
    `--as=${limits.maxMemoryBytes}`,
    // Of all its threads together; the time limit by the clock is the one that is usually met.
    `--cpu=${Math.ceil(limits.timeoutMs / 250)}`,
    `--fsize=${Math.max(limits.maxOutputBytes + 4096, LEAST_FILE_LIMIT_BYTES)}`,
    `--nofile=${MAX_OPEN_FILES}`,
    '--core=0',
  ];
  return { command: prlimit, args: [...limited, '--', command, ...args] };
}

async function findCommand(command: string): Promise<string | null> {
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, command);
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (folder !== '' && isThere) return path;
  }
  return null;
}
