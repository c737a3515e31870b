export { openEngine } from './open-engine.ts';
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
  Skill,
  WorkbenchState,
  WrittenWords,
} from './work-contract.ts';
