export type { PublishReceipt, RelayPool, SubscribeOptions, Verifier } from './contract.ts';
