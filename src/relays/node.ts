export { NodeWebSocket } from './node-websocket.ts';
export { createWorkerVerifier, type WorkerVerifierOptions } from './node-worker-verifier.ts';
