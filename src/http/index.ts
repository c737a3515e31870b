export { createBrowserGuardedFetch } from './browser.ts';
export type {
  FetchedBody,
  GuardedFetch,
  GuardedFetchLimits,
  GuardedRequest,
  UrlFailureCode,
} from './guarded-fetch.ts';
export { checkUrl, hostAndPort, isLoopback } from './guarded-url.ts';
