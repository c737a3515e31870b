/** The thread in which one summary is made; see `contained-worker.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { summariseExtractively } from './extractive-summary.ts';
import type { SummaryLength } from './summary-length.ts';

const { text, length }: { readonly text: string; readonly length: SummaryLength } = workerData;
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
parentPort?.postMessage(summariseExtractively(text, length));
