export type { MintAudit } from './audit.ts';
export type { EcashWallet, Resumed, SentEcash } from './ecash-wallet.ts';
export { askMint } from './ask-mint.ts';
export type { EcashCheckpoint, EcashFailureCode, EcashOutcome, FundingWallet } from './context.ts';
export type { CheckedEcash, ExpectedLock, HandedEcash } from './incoming.ts';
export type { EcashLock } from './locks.ts';
export { memoryEcashStore } from './memory-store.ts';
export type { EcashHolding, EcashMovement } from './movements.ts';
export {
  makeNutzap,
  receiveNutzaps,
  redeemNutzap,
  type NutzapFailureCode,
  type NutzapRules,
  type RedeemedNutzap,
} from './nutzaps.ts';
export { openEcashWallet, type EcashWalletOptions } from './open-wallet.ts';
export { relayCopy, type RelayCopy, type RelayCopyFailureCode } from './relay-copy.ts';
export type { SentStanding } from './sent.ts';
export type {
  EcashOperation,
  EcashStore,
  NewProof,
  OperationEnd,
  OperationKind,
  PlannedOutput,
  ProofFilter,
  StoredProof,
} from './store.ts';
