/** The side of a contained task that runs in its own process; see `contained-task.ts`. */
import { once } from 'node:events';
import { extname } from 'node:path';
import process from 'node:process';
import { Worker } from 'node:worker_threads';
import type { ContainedMessage } from './contained-task.ts';

/** Takes the one task that this process was started for, answers it and ends the process. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- names what the untyped message holds
export async function answerTask<Task>(work: (task: Task) => unknown): Promise<void> {
  const [message] = await once(process, 'message');
  const { task, ...limits }: ContainedMessage & { readonly task: Task } = message;
  await keepWatch(limits);
  const answer = await work(task);
  process.send?.(answer, () => process.disconnect());
}

/** Only a thread can watch while this one is busy: V8 knows a limit for its heap, but none for buffers. */
async function keepWatch(limits: Omit<ContainedMessage, 'task'>): Promise<void> {
  const watch = new Worker(new URL(`./task-watch${extname(import.meta.url)}`, import.meta.url), {
    workerData: limits,
  });
  await once(watch, 'message');
  watch.unref();
}
