export { createL402Fetch, type L402Answer, type L402Fetch, type L402FailureCode } from './l402-fetch.ts';
export type { L402FetchOptions, L402Payment } from './client.ts';
export {
  createMemoryCredentialStore,
  type CredentialStore,
  type L402Credential,
} from './credential-store.ts';
export { readChallenges, type L402Challenge } from './challenge.ts';
export {
  createL402Gate,
  type L402Admission,
  type L402Gate,
  type L402GateOptions,
  type L402Price,
  type L402Verdict,
} from './gate.ts';
export { findRefusal, type L402Terms, type TermsRefusal } from './terms.ts';
export { issueToken, readAuthorization, signingKeyOf, verifyToken, type GenuineToken } from './token.ts';
