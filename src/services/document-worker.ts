/** The thread in which one document is read; see `contained-worker.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { documentToText } from './document-text.ts';

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
parentPort?.postMessage(await documentToText(workerData));
