/** The thread that kills its own process when it takes too much; see `contained-task.ts`. */
import process from 'node:process';
import { parentPort, workerData } from 'node:worker_threads';
import type { ContainedMessage } from './contained-task.ts';

const CHECK_INTERVAL_MS = 20;
/** Whoever started the process ends it at the time limit; this is for when nobody is left to do so. */
const ORPHAN_GRACE_MS = 1000;

const { maxMemoryBytes, timeoutMs }: Omit<ContainedMessage, 'task'> = workerData;
const end = (): boolean => process.kill(process.pid, 'SIGKILL');
setInterval(() => {
  if (process.memoryUsage.rss() > maxMemoryBytes) end();
}, CHECK_INTERVAL_MS);
setTimeout(end, timeoutMs + ORPHAN_GRACE_MS);
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
parentPort?.postMessage('watching');
