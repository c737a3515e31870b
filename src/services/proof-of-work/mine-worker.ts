/** A thread that seeks a nonce until it has one or is ended; see `miner.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import type { MiningShare } from './miner.ts';
import { tryNonces } from './nonce-search.ts';

const { search, first, step }: MiningShare = workerData;
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origins
parentPort?.postMessage(tryNonces(search, { first, step, tries: Number.POSITIVE_INFINITY }));
