/** The process in which an operator's module works; see `module-host.ts`. */
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import type { FetchPaid, JobContext, JobHandler } from '../../provider/index.ts';
import type { DeclaredService, FromModule, ModuleStep, SentJob, ToModule } from './module-messages.ts';

interface RunningJob {
  readonly abort: AbortController;
  readonly next: () => Promise<ModuleStep>;
  readonly calls: Map<number, (outcome: Awaited<ReturnType<FetchPaid>>) => void>;
}

const jobs = new Map<number, RunningJob>();
let handler: JobHandler | null = null;

process.on('message', (message: ToModule) => {
  switch (message.type) {
    case 'load':
      void load(message.path);
      break;
    case 'start':
      start(message.job, message.context);
      break;
    case 'next':
      void tellNext(message.job);
      break;
    case 'abort':
      jobs.get(message.job)?.abort.abort(new Error('The job was ended.'));
      jobs.delete(message.job);
      tell({ type: 'aborted', job: message.job });
      break;
    case 'fetched':
      jobs.get(message.job)?.calls.get(message.call)?.(message.outcome);
      break;
  }
});
// Without its provider nobody hears the results.
process.once('disconnect', () => process.exit());

function tell(message: FromModule): void {
  process.send?.(message);
}

async function load(path: string): Promise<void> {
  try {
    const exported = handlerOf(await import(pathToFileURL(path).href));
    if (exported === null) {
      const message = `${path} must export a handler (a function or an async generator) or a service, as default or by the name "handler" or "service".`;
      return tell({ type: 'refused', code: 'module-has-no-handler', message });
    }
    handler = exported.handler;
    tell({ type: 'loaded', declared: exported.declared });
  } catch (error) {
    // The module is the operator's own and its error is for the operator: it is not told to customers.
    const reason = error instanceof Error ? error.message : String(error);
    tell({ type: 'refused', code: 'module-not-loadable', message: `${path} cannot be loaded: ${reason}` });
  }
}

function handlerOf(module: Readonly<Record<string, unknown>>): {
  readonly handler: JobHandler;
  readonly declared: DeclaredService;
} | null {
  for (const name of ['default', 'service', 'handler']) {
    const exported = module[name];
    if (isHandler(exported)) return { handler: exported, declared: {} };
    if (typeof exported !== 'object' || exported === null || !('handler' in exported)) continue;
    const { handler: own, ...rest } = exported;
    if (isHandler(own)) return { handler: own, declared: plainData(rest) };
  }
  return null;
}

function isHandler(value: unknown): value is JobHandler {
  return typeof value === 'function';
}

/** What can be sent to another process. */
function plainData(declared: object): DeclaredService {
  return Object.fromEntries(Object.entries(declared).filter(([, value]) => typeof value !== 'function'));
}

function start(job: number, sent: SentJob): void {
  const abort = new AbortController();
  const calls: RunningJob['calls'] = new Map();
  const inputs = sent.inputs.map((input) => ({
    ...input,
    get text() {
      return new TextDecoder().decode(input.bytes);
    },
  }));
  const context: JobContext = {
    ...sent,
    inputs,
    get text() {
      return inputs[0]?.text ?? '';
    },
    signal: abort.signal,
    fetchPaid: (url, request) => {
      const call = calls.size;
      const { promise, resolve } = Promise.withResolvers<Awaited<ReturnType<FetchPaid>>>();
      calls.set(call, resolve);
      tell({ type: 'fetch', job, call, url, request: withoutFunctions(request) });
      return promise;
    },
  };
  jobs.set(job, { abort, calls, next: stepsOf(context) });
}

/** What is heard while it arrives cannot be heard in another process; the whole body comes in the end. */
function withoutFunctions(request: Parameters<FetchPaid>[1]): Parameters<FetchPaid>[1] {
  if (request === undefined) return request;
  const { onChunk: _, ...sent } = request;
  return sent;
}

function stepsOf(context: JobContext): RunningJob['next'] {
  let running: ReturnType<JobHandler> | null = null;
  return async () => {
    try {
      if (handler === null) throw new Error('No handler is loaded.');
      running ??= handler(context);
      if (!(Symbol.asyncIterator in running)) return { done: true, output: await running };
      const step = await running.next();
      return step.done === true ? { done: true, output: step.value } : { done: false, progress: step.value };
    } catch (error) {
      return failed(error);
    }
  };
}

/** Only what was meant for the customer is told: a `JobFailure`, also one of another copy of coinop. */
function failed(error: unknown): ModuleStep {
  const isTold = error instanceof Error && error.name === 'JobFailure' && 'code' in error;
  return isTold && typeof error.code === 'string'
    ? {
        failed: true,
        code: error.code,
        message: error.message,
        retryable: 'retryable' in error && error.retryable === true,
      }
    : { failed: true, code: null, message: '', retryable: false };
}

async function tellNext(job: number): Promise<void> {
  const step = await jobs.get(job)?.next();
  if (step === undefined || !jobs.has(job)) return;
  if (!('done' in step) || step.done) jobs.delete(job);
  tell({ type: 'step', job, step });
}
