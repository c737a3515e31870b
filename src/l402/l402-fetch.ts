import type { FetchedBody, GuardedRequest, UrlFailureCode } from '../http/index.ts';
import { failure, success, type Failure, type Outcome } from '../protocol/index.ts';
import { readChallenges, type L402Challenge } from './challenge.ts';
import type { L402Client, L402FetchOptions, L402Payment } from './client.ts';
import { createMemoryCredentialStore, type L402Credential } from './credential-store.ts';
import { obtainCredential, type ObtainFailureCode } from './obtain-credential.ts';
import { createTurns } from './turns.ts';

/** A paid or free answer. */
export interface L402Answer extends FetchedBody {
  /** What was paid for it now; `null` when it was free, or when an earlier payment still holds. */
  readonly payment: L402Payment | null;
}

/**
 * Why there is no answer, besides everything that can go wrong with a URL. `redirected-challenge`: a server
 * that was not asked wants the money. `credential-refused`: the server was paid and does not let us in; it is
 * not paid again. The codes of `obtainCredential` say why nothing was paid.
 */
export type L402FailureCode =
  UrlFailureCode | ObtainFailureCode | 'redirected-challenge' | 'credential-refused';

/** Fetches a URL like the guarded client, paying for it when its server asks for money. */
export type L402Fetch = (
  url: string,
  request: GuardedRequest,
) => Promise<Outcome<L402Answer, L402FailureCode>>;

/** Requests of one call: redirected, with an old credential, without, with another call's, with our own. */
const MAX_REQUESTS = 6;

/**
 * Makes a client that pays for access by L402 (bLIP-26): it answers status 402 by checking the invoice, paying it
 * once within the limits and asking again with token and preimage. Credentials are kept and used again; calls that
 * run side by side share them. One call pays at most once, whatever the server says afterwards.
 */
export function createL402Fetch(options: L402FetchOptions): L402Fetch {
  const client: L402Client = {
    credentials: createMemoryCredentialStore(),
    scopeOf: ({ method, url }) => `${method} ${url.pathname}`,
    ...options,
    turns: createTurns(),
  };
  return (url, request) => fetchPaid(client, url, request);
}

async function fetchPaid(
  client: L402Client,
  asked: string,
  request: GuardedRequest,
): Promise<Outcome<L402Answer, L402FailureCode>> {
  let target = asked;
  let payment: L402Payment | null = null;
  let credential: L402Credential | null | undefined;
  let mayShare = true;
  for (let requests = 1; ; requests++) {
    const scope = scopeFor(client, target, request);
    credential = credential === undefined ? await keptCredential(client, scope) : credential;
    const answer = await client.fetch(target, authorized(request, credential));
    if (answer.ok) {
      await noteAccepted(client, credential);
      return success({ ...answer.value, payment });
    }
    const refusal = readRefusal(answer.failure);
    if (refusal === null || (refusal.status === 401 && credential === null)) return answer;

    if (payment !== null || (await isRefusedAtFirst(client, credential))) return credentialRefused(scope);
    if (requests === MAX_REQUESTS) return answer;

    if (isElsewhere(refusal.url, target)) {
      if (refusal.url.origin !== URL.parse(target)?.origin) return redirectedChallenge(refusal.url);
      target = refusal.url.href;
      credential = undefined;
      continue;
    }
    if (refusal.status === 401) {
      if (credential !== null) await client.credentials.delete(scope, credential.paymentHash);
      credential = null;
      continue;
    }
    const { url, challenges } = refusal;
    if (challenges.length === 0) return answer;
    const demand = { scope, url, challenges, tried: credential, mayShare, signal: request.signal };
    const obtained = await obtainCredential(client, demand);
    if (!obtained.ok) return obtained;
    ({ credential, payment } = obtained.value);
    mayShare = false;
  }
}

function scopeFor(client: L402Client, target: string, request: GuardedRequest): string {
  const url = URL.parse(target);
  const method = request.method ?? 'GET';
  return url === null ? target : `${url.origin} ${client.scopeOf({ method, url })}`;
}

/** The scope's credential if it is ready to use. One that is still being paid waits until the server asks. */
async function keptCredential(client: L402Client, scope: string): Promise<L402Credential | null> {
  const kept = await client.credentials.get(scope);
  return kept?.preimage ? kept : null;
}

/** The request with the credential in its header, in place of any that the caller set. */
function authorized(request: GuardedRequest, credential: L402Credential | null): GuardedRequest {
  if (credential === null) return request;
  const others = Object.entries(request.headers ?? {}).filter(
    ([name]) => name.toLowerCase() !== 'authorization',
  );
  const authorization = `${credential.scheme} ${credential.token}:${credential.preimage}`;
  return { ...request, headers: { ...Object.fromEntries(others), authorization } };
}

interface Refusal {
  readonly status: 401 | 402;
  /** Who answered. */
  readonly url: URL;
  readonly challenges: readonly L402Challenge[];
}

function readRefusal({ code, data }: Failure<UrlFailureCode>): Refusal | null {
  const status = data?.['status'];
  const url = URL.parse(String(data?.['url']));
  if (code !== 'url-status' || (status !== 401 && status !== 402) || url === null) return null;
  const challenge = data?.['challenge'];
  return { status, url, challenges: typeof challenge === 'string' ? readChallenges(challenge) : [] };
}

function isElsewhere(url: URL, target: string): boolean {
  const asked = URL.parse(target);
  return asked !== null && (asked.origin !== url.origin || pathOf(asked) !== pathOf(url));
}

function pathOf({ pathname, search }: URL): string {
  return `${pathname}${search}`;
}

/** Notes that the server took the credential, unless another one has taken its place meanwhile. */
async function noteAccepted(client: L402Client, credential: L402Credential | null): Promise<void> {
  if (credential === null || credential.accepted) return;
  const kept = await client.credentials.get(credential.scope);
  if (kept?.paymentHash === credential.paymentHash)
    await client.credentials.put({ ...credential, accepted: true });
}

/** Whether the server refuses what it has never taken, also not from a call that ran meanwhile. */
async function isRefusedAtFirst(client: L402Client, credential: L402Credential | null): Promise<boolean> {
  if (credential === null || credential.accepted) return false;
  const kept = await client.credentials.get(credential.scope);
  return kept?.paymentHash === credential.paymentHash && !kept.accepted;
}

function redirectedChallenge(url: URL) {
  return failure(
    'redirected-challenge',
    'The URL leads to another server, which wants money: ask that server itself if you mean to pay it.',
    { origin: url.origin },
  );
}

function credentialRefused(scope: string) {
  return failure(
    'credential-refused',
    'The server was paid and still refuses: it is not paid again. Delete its credential to buy a new one.',
    { scope },
  );
}
