import { parentPort } from 'node:worker_threads';
import { verifySignedText, type SignedText } from './node-fast-verify.ts';

/** The thread behind `createWorkerVerifier`: a batch of texts in, as many verdicts out, in order. */
parentPort?.on('message', (batch: readonly SignedText[]) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
  parentPort?.postMessage(batch.map((text) => verifySignedText(text)));
});
