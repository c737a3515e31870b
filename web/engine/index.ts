export { openEngine } from './open-engine.ts';
export { isPaidInto } from './paid-into.ts';
export { OFFER_SECONDS } from './work-contract.ts';
export type {
  Engine,
  EngineCalls,
  EngineTopics,
  JobWish,
  ServiceSign,
  Session,
  SessionState,
  SignIn,
  WalletChoice,
  WalletState,
} from './contract.ts';
export type { EcashMint, EcashState, EcashUnderWay, MadeToken } from './ecash-contract.ts';
export type {
  AskedFile,
  AskedJob,
  Draft,
  EarningsRow,
  JobRow,
  JobState,
  JobTrouble,
  KeptDraftState,
  PartShown,
  Skill,
  WorkbenchState,
  WrittenWords,
} from './work-contract.ts';
