export type { PublishReceipt, RelayPool, SubscribeOptions, Verifier } from './contract.ts';
export { createInlineVerifier } from './inline-verifier.ts';
export type { RelayLimits } from './limits.ts';
export { createRelayPool, type RelayPoolOptions } from './pool.ts';
export type { SocketConstructor, SocketLike } from './relay-socket.ts';
