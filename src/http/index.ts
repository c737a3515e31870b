export { createBrowserGuardedFetch } from './browser.ts';
export type {
  FetchedBody,
  GuardedFetch,
  GuardedFetchLimits,
  GuardedRequest,
  UrlFailureCode,
} from './guarded-fetch.ts';
export { hostAndPort } from './guarded-url.ts';
