import { pause } from '../../clock/index.ts';
import {
  AGENT_REVIEW_KIND,
  foldJob,
  isJobRequestKind,
  JOB_FEEDBACK_KIND,
  NUTZAP_KIND,
  parseJobResult,
  REVIEW_KIND,
  ZAP_RECEIPT_KIND,
  type Filter,
  type JobRequest,
  type NostrEvent,
  type ProviderPart,
  type VerifiedZap,
} from '../../protocol/index.ts';
import type { ProviderContext } from '../context.ts';
import { JobFailure } from '../handler.ts';
import { readRelays, type KnownChain } from './walk-chain.ts';
import { findZapService } from './zap-service.ts';

/** Answers of the prior provider that payments may name, and payments and reviews: no more of each is looked at. */
const MAX_ANSWERS = 50;
const MAX_STATEMENTS = 200;
/** What came in, and our own books, of which no event tells, are looked at this often. */
const LOOK_AGAIN_MS = 500;
/** The longest wait a timer holds. */
const MAX_WAIT_MS = 2_147_483_647;

/**
 * Waits until the customer of the prior job has taken its result, as the job fold says: by a zap that the wallet of
 * the prior provider confirms, a nutzap, a review that is good or shows a payment, or a payment in our own books
 * where the prior work was ours. Work for which nothing was asked needs no payment. Throws `JobFailure` with
 * `prior-not-accepted` when that takes longer than `patienceSeconds`, and `input-not-found` without the prior request.
 */
export async function untilAccepted(
  context: ProviderContext,
  step: { readonly request: JobRequest; readonly result: NostrEvent; readonly chain: KnownChain },
  patienceSeconds: number,
  signal: AbortSignal,
): Promise<void> {
  const { request, result } = step;
  const relays = readRelays(context, request);
  const listening = new AbortController();
  const patience = AbortSignal.timeout(Math.min(patienceSeconds * 1000, MAX_WAIT_MS));
  const until = AbortSignal.any([signal, patience]);
  try {
    const prior = await priorRequest(context, relays, step, signal);
    const own = { authors: [result.pubkey], '#e': [prior.id], limit: MAX_ANSWERS };
    const answers = await context.relays.query(
      relays,
      [{ ...own, kinds: [JOB_FEEDBACK_KIND, result.kind] }],
      {
        signal,
      },
    );
    const zapService = await findZapService(context, relays, result.pubkey, signal);
    const statements = new Map<string, NostrEvent>();
    const paidIds = [...new Set([prior.id, result.id, ...answers.map(({ id }) => id)])];
    void context.relays.subscribe({
      relays,
      filters: statementFilters(prior, paidIds, zapService?.signerPubkey ?? null),
      onEvent: (event) => {
        if (statements.size < MAX_STATEMENTS) statements.set(event.id, event);
      },
      signal: AbortSignal.any([signal, listening.signal]),
    });
    const zaps = new Map<string, VerifiedZap | null>();
    for (;;) {
      for (const event of statements.values())
        if (event.kind === ZAP_RECEIPT_KIND && !zaps.has(event.id))
          zaps.set(event.id, (await zapService?.believe(event)) ?? null);
      const events = [result, ...answers, ...statements.values()];
      if (isTaken(prior, result, events, zaps) || (await isPaidInOurBooks(context, prior, result))) return;
      signal.throwIfAborted();
      if (patience.aborted)
        throw new JobFailure(
          'prior-not-accepted',
          'The customer has not paid for or praised the prior result.',
        );
      await pause(LOOK_AGAIN_MS, until);
    }
  } finally {
    listening.abort();
  }
}

/** The request behind the prior result, which says who may take it. */
async function priorRequest(
  context: ProviderContext,
  relays: readonly string[],
  { result, chain }: { readonly result: NostrEvent; readonly chain: KnownChain },
  signal: AbortSignal,
): Promise<NostrEvent> {
  const read = parseJobResult(result);
  const id = read.ok ? read.value.requestId : '';
  const prior = chain.get(id) ?? (await context.relays.query(relays, [{ ids: [id] }], { signal }))[0];
  if (prior === undefined || !isJobRequestKind(prior.kind))
    throw new JobFailure('input-not-found', 'No relay of ours has the request of the prior job.');
  return prior;
}

/** Only the customer's own words and the receipts of the prior provider's wallet, so that nobody else can flood us. */
function statementFilters(
  prior: NostrEvent,
  paidIds: readonly string[],
  walletPubkey: string | null,
): Filter[] {
  const customer = { authors: [prior.pubkey], limit: MAX_STATEMENTS };
  const filters: Filter[] = [
    { ...customer, kinds: [REVIEW_KIND, NUTZAP_KIND], '#e': paidIds },
    { ...customer, kinds: [AGENT_REVIEW_KIND], '#d': [prior.id] },
  ];
  if (walletPubkey !== null)
    filters.push({
      authors: [walletPubkey],
      kinds: [ZAP_RECEIPT_KIND],
      '#e': paidIds,
      limit: MAX_STATEMENTS,
    });
  return filters;
}

function isTaken(
  prior: NostrEvent,
  result: NostrEvent,
  events: readonly NostrEvent[],
  zaps: ReadonlyMap<string, VerifiedZap | null>,
): boolean {
  const believed = new Map([...zaps].flatMap(([id, zap]) => (zap === null ? [] : [[id, zap] as const])));
  const { accepted, providers } = foldJob({ request: prior, events, zaps: believed });
  const part = providers.find(({ pubkey }) => pubkey === result.pubkey);
  return (
    accepted.some(({ resultId }) => resultId === result.id) || (part !== undefined && asksForNothing(part))
  );
}

/** Nobody pays for work that was free; a complaint about it still means that it was not taken. */
function asksForNothing({ offer, results, reviews }: ProviderPart): boolean {
  const isFree = results.every(({ amount, bolt11 }) => bolt11 === null && (amount?.msat ?? 0n) === 0n);
  return offer === null && isFree && reviews.length === 0;
}

async function isPaidInOurBooks(
  context: ProviderContext,
  prior: NostrEvent,
  result: NostrEvent,
): Promise<boolean> {
  if (result.pubkey !== context.signer.pubkey) return false;
  return (await context.ledger.sales.get(result.pubkey, prior.id))?.money === 'settled';
}
