/** The page that the test of the ledger drives: workers with books, and what they are told. */
import type { LedgerCommands } from './ledger-worker.ts';

/** What one worker is told. */
export interface LedgerCommand {
  readonly id: number;
  readonly name: keyof LedgerCommands;
  readonly input: number;
}

/** What it answers. */
export type LedgerAnswer =
  | { readonly booked: number }
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string };

/** What the test may call. */
export interface LedgerPage {
  /** Tells the worker of that name, started when there is none, and waits for its answer. */
  tell<Name extends keyof LedgerCommands>(
    worker: string,
    name: Name,
    input?: number,
  ): Promise<Awaited<ReturnType<LedgerCommands[Name]>>>;
  /** The last number that any worker has said to be on the disk. */
  booked: number;
}

const workers = new Map<string, Worker>();
const waiting = new Map<number, PromiseWithResolvers<unknown>>();
let last = 0;

function workerOf(name: string): Worker {
  const known = workers.get(name);
  if (known !== undefined) return known;
  const worker = new Worker(new URL('./ledger-worker.ts', import.meta.url), { type: 'module' });
  worker.addEventListener('message', ({ data }: MessageEvent<LedgerAnswer>) => {
    if ('booked' in data) page.booked = data.booked;
    else if ('error' in data) waiting.get(data.id)?.reject(new Error(data.error));
    else waiting.get(data.id)?.resolve(data.value);
  });
  worker.addEventListener('error', ({ message }) =>
    waiting.forEach(({ reject }) => reject(new Error(message))),
  );
  workers.set(name, worker);
  return worker;
}

const page = Object.assign(globalThis, {
  booked: 0,
  tell(worker: string, name: keyof LedgerCommands, input = 0) {
    const answer = Promise.withResolvers<unknown>();
    waiting.set(++last, answer);
    const command: LedgerCommand = { id: last, name, input };
    workerOf(worker).postMessage(command, []);
    return answer.promise;
  },
});
