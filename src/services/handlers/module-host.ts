import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { failure, success, type Outcome } from '../../protocol/index.ts';
import { JobFailure, type JobContext, type JobOutput, type JobProgress } from '../../provider/index.ts';
import { scrubbedEnvironment, type GivenEnvironment } from './handler-environment.ts';
import type {
  DeclaredService,
  FromModule,
  ModuleFailureCode,
  ModuleStep,
  SentJob,
  ToModule,
} from './module-messages.ts';
import type { ProgramWords } from './program-words.ts';
import { untilAborted, type Mortal } from './revival.ts';

/** A module of the operator's, and what it may read of our environment. */
export interface ModuleSource extends GivenEnvironment {
  /** A `.ts`, `.js` or `.mjs` file. */
  readonly path: string;
}

/** The process in which a module works. */
export interface ModuleHost extends Mortal {
  /** What the module says of itself. */
  readonly declared: DeclaredService;
  /** Works on a job. Throws `JobFailure` with `handler-crashed` when the process dies over it. */
  run(job: JobContext): AsyncGenerator<JobProgress, JobOutput | string>;
}

/** A process that does not hear of an abort for so long is stuck in a loop, and with it all its jobs. */
const STUCK_AFTER_MS = 5000;
const LOAD_TIMEOUT_MS = 20_000;

/**
 * Starts a process that loads the module. A process of its own, not a thread: what a module does (end the process,
 * never return, take all memory, throw where nobody catches) must not end the provider, and it has no business in the
 * memory where keys are. Fails with a `ModuleFailureCode`; the message is for the operator.
 */
export async function startModule(
  source: ModuleSource,
  words: ProgramWords,
  signal: AbortSignal,
): Promise<Outcome<ModuleHost, ModuleFailureCode>> {
  const path = resolve(source.path);
  if (!(await exists(path)))
    return failure('module-not-found', `There is no module ${source.path}; name a file.`, { path });
  const child = fork(fileURLToPath(new URL(`./module-process${extname(import.meta.url)}`, import.meta.url)), {
    env: scrubbedEnvironment(source),
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    serialization: 'advanced',
    // Ctrl-C is for us: jobs may end first.
    detached: true,
  });
  words.hear(child, [child.stdout, child.stderr]);
  const ended = once(child, 'exit').then(
    () => undefined,
    () => undefined,
  );
  const close = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  const wires = createWires(child, ended);
  try {
    wires.tell({ type: 'load', path });
    const loading = AbortSignal.any([signal, AbortSignal.timeout(LOAD_TIMEOUT_MS)]);
    const answer = await untilAborted(wires.loaded, loading);
    if (answer?.type === 'loaded')
      return success({ declared: answer.declared, ended, close, run: (job) => runJob(wires, job) });
    await close();
    return answer === null
      ? failure('module-not-loadable', `${source.path} ended the process while it was loaded.`, { path })
      : failure(answer.code, answer.message, { path });
  } catch (error) {
    await close();
    if (signal.aborted) throw error;
    return failure('module-not-loadable', `${source.path} was not loaded in time.`, { path });
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Messages to and from the process, by job. */
interface Wires {
  tell(message: ToModule): void;
  /** `null` when the process ended first. */
  readonly loaded: Promise<Extract<FromModule, { type: 'loaded' | 'refused' }> | null>;
  /** Opens the channel of a job; it hears `null` when the process ends. */
  open(listener: (message: FromModule | null) => void): number;
  drop(job: number): void;
  kill(): void;
}

function createWires(child: ChildProcess, ended: Promise<void>): Wires {
  const listeners = new Map<number, (message: FromModule | null) => void>();
  const loaded = Promise.withResolvers<Extract<FromModule, { type: 'loaded' | 'refused' }> | null>();
  void ended.then(() => {
    loaded.resolve(null);
    for (const listener of listeners.values()) listener(null);
  });
  let opened = 0;
  child.on('message', (message: FromModule) => {
    if ('job' in message) listeners.get(message.job)?.(message);
    else loaded.resolve(message);
  });
  // That it cannot be started or is gone is told by its end.
  child.on('error', () => undefined);
  return {
    loaded: loaded.promise,
    tell: (message) => {
      if (child.connected) child.send(message, () => undefined);
    },
    open: (listener) => {
      opened += 1;
      listeners.set(opened, listener);
      return opened;
    },
    drop: (job) => void listeners.delete(job),
    kill: () => void child.kill('SIGKILL'),
  };
}

async function* runJob(wires: Wires, job: JobContext): AsyncGenerator<JobProgress, JobOutput | string> {
  let step = Promise.withResolvers<ModuleStep | null>();
  const abortHeard = Promise.withResolvers<void>();
  const id = wires.open((message) => {
    if (message === null) step.resolve(null);
    else if (message.type === 'step') step.resolve(message.step);
    else if (message.type === 'fetch') fetchFor(wires, job, message);
    if (message === null || message.type === 'aborted') abortHeard.resolve();
  });
  wires.tell({ type: 'start', job: id, context: sentJob(job) });
  let isOver = false;
  try {
    for (;;) {
      wires.tell({ type: 'next', job: id });
      const taken = await untilAborted(step.promise, job.signal);
      step = Promise.withResolvers();
      isOver = taken === null || !('done' in taken) || taken.done;
      if (taken === null)
        throw new JobFailure('handler-crashed', 'The service broke down over this job or another one.');
      if (!('done' in taken)) throw thrownBy(taken);
      if (taken.done) return taken.output;
      yield taken.progress;
    }
  } finally {
    if (isOver) wires.drop(id);
    else {
      const stuck = setTimeout(() => wires.kill(), STUCK_AFTER_MS);
      wires.tell({ type: 'abort', job: id });
      void abortHeard.promise.then(() => {
        clearTimeout(stuck);
        wires.drop(id);
      });
    }
  }
}

/** Inputs are decoded over there, and only when they are asked for. */
function sentJob({ request, inputs, params, outputs, idempotencyKey }: JobContext): SentJob {
  const sent = inputs.map(({ type, marker, bytes, mediaType, source }) => ({
    type,
    marker,
    bytes,
    mediaType,
    source,
  }));
  return { request, inputs: sent, params, outputs, idempotencyKey };
}

function fetchFor(
  wires: Wires,
  job: JobContext,
  { job: id, call, url, request }: Extract<FromModule, { type: 'fetch' }>,
): void {
  job.fetchPaid(url, request).then(
    (outcome) => wires.tell({ type: 'fetched', job: id, call, outcome }),
    () => undefined, // an abort, of which the module hears anyway
  );
}

function thrownBy({ code, message, retryable }: Extract<ModuleStep, { failed: true }>): Error {
  return code === null ? new Error('The module threw.') : new JobFailure(code, message, { retryable });
}
