import {
  isJobRequestKind,
  parseJobRequest,
  requestFilters,
  tagValues,
  type ExchangeMode,
  type Failure,
  type JobRequest,
  type NostrEvent,
} from '../protocol/index.ts';
import { admit, type Admitted } from './admission.ts';
import type { ProviderContext } from './context.ts';
import { createCustomerTurns } from './customer-turns.ts';
import { createIntakeLane } from './intake-lane.ts';
import { openRequest } from './open-request.ts';
import { acceptance, needsNoInvoiceYet } from './quote.ts';
import { answerRefusal } from './refuse.ts';
import type { SaleLoop } from './sale-loop.ts';
import { isCancelledBy, isNews, isStillWanted } from './still-wanted.ts';
import { sellsOnTrust, trustLeft } from './trust.ts';

/**
 * Stage 1: hears requests and cancellations on the provider's relays until the signal aborts, and books
 * each request that passes admission once. Resolves when every relay that answers has sent what it stored;
 * `idle` waits for what is under way then.
 */
export async function listenForRequests(
  context: ProviderContext,
  loop: SaleLoop,
  payable: ReadonlySet<ExchangeMode>,
  signal: AbortSignal,
): Promise<{ readonly idle: () => Promise<void> }> {
  const kinds = context.services.map(({ kind }) => kind);
  const rates = new Map<string, number>();
  const inTurn = createCustomerTurns();
  const take = async (event: NostrEvent) => {
    const parsed = parseJobRequest(event);
    if (!parsed.ok) return;
    const takeNow = () => takeRequest(context, loop, payable, rates, parsed.value);
    const isOnTrust = sellsOnTrust(context.services.find(({ kind }) => kind === parsed.value.kind));
    await (isOnTrust ? inTurn(event.pubkey, takeNow) : takeNow());
  };
  const lane = () =>
    createIntakeLane({
      handle: (event) =>
        isJobRequestKind(event.kind) ? take(event) : takeCancellation(context, loop, event),
      onError: (error) => loop.broke(error, null),
      onOverflow: () => context.onTrouble(FLOODED, null),
      signal,
    });
  // What stood on the relays before we came is asked about first and must not hold up what is new.
  const [news, stood] = [lane(), lane()];
  const since = context.now() - context.limits.maxRequestAgeSeconds;
  await context.relays.subscribe({
    relays: context.relayUrls,
    filters: requestFilters({ kinds, dialects: context.dialects, since }),
    onEvent: (event) => (isNews(event, context.now()) ? news : stood).add(event),
    signal,
  });
  return { idle: () => Promise.all([news.idle(), stood.idle()]).then(() => undefined) };
}

const FLOODED: Failure = {
  code: 'flooded',
  message: 'More requests arrive than can be looked at; some are dropped unanswered.',
};

async function takeRequest(
  context: ProviderContext,
  loop: SaleLoop,
  payable: ReadonlySet<ExchangeMode>,
  rates: Map<string, number>,
  received: JobRequest,
): Promise<void> {
  const { services, limits } = context;
  const { event } = received;
  let request = received;
  const service = services.find(({ kind }) => kind === request.kind);
  const rules = {
    pubkey: context.signer.pubkey,
    services,
    limits,
    payable,
    trust: await trustLeft(context, service, request.customerPubkey),
    now: context.now(),
  };
  let admitted = admit(request, rules);
  const isSealedForUs = !admitted.ok && admitted.answer && admitted.failure.code === 'undecryptable';
  if ((admitted.ok || isSealedForUs) && (await context.ledger.sales.get(rules.pubkey, event.id))) return;
  if (!admitted.ok && !admitted.answer) return;
  if (!withinRate(context, rates, event)) return;
  if (isSealedForUs) {
    const opened = await openRequest(context, event);
    if (opened.ok) {
      request = opened.value;
      admitted = admit(request, rules);
    }
  }
  if (!admitted.ok) {
    if (admitted.answer) await answerRefusal(context, request, admitted.failure);
    return;
  }
  if (loop.openSales() >= context.limits.openSales) {
    await answerRefusal(context, admitted.value.request, {
      code: 'over-capacity',
      message: 'Too many jobs are waiting here; try again later.',
    });
    return;
  }
  if (await isStillWanted(context, admitted.value.request))
    await openSale(context, loop, event, admitted.value);
}

/** Work that nobody pays first is booked, accepted and claimed in one commit; otherwise it is booked, then quoted. */
async function openSale(
  context: ProviderContext,
  loop: SaleLoop,
  event: NostrEvent,
  admitted: Admitted,
): Promise<void> {
  const beginsAtOnce = needsNoInvoiceYet(admitted.exchange);
  const answer = beginsAtOnce ? { answer: await acceptance(context, admitted) } : {};
  context.checkpoint('provider:before-open');
  const opening = context.ledger.sales.open({
    providerPubkey: context.signer.pubkey,
    serviceId: admitted.service.id,
    request: event,
    ...answer,
  });
  if (beginsAtOnce) loop.claim(admitted.service);
  const { sale } = await opening;
  context.checkpoint('provider:after-open');
  context.onChange(sale);
  loop.step(sale.requestId, sale);
}

/** A customer's kind 5 (NIP-09) on its own request ends the sale wherever the work has not been finished. */
async function takeCancellation(context: ProviderContext, loop: SaleLoop, event: NostrEvent): Promise<void> {
  for (const requestId of tagValues(event, 'e').slice(0, MAX_CANCELLED_AT_ONCE)) {
    const sale = await context.ledger.sales.get(context.signer.pubkey, requestId);
    if (sale && isCancelledBy(sale, event)) await loop.cancel(sale);
  }
}

const MAX_CANCELLED_AT_ONCE = 20;

/** Rates that are remembered at once; the oldest is forgotten first. */
const MAX_RATES = 20_000;

/**
 * Counts a customer's requests by the minute they were made in, not that in which we see them: what an outage
 * of ours held back is no flood.
 */
function withinRate(context: ProviderContext, rates: Map<string, number>, event: NostrEvent): boolean {
  const madeAt = Math.min(event.created_at, context.now());
  const key = `${event.pubkey}:${Math.floor(madeAt / 60)}`;
  const count = (rates.get(key) ?? 0) + 1;
  rates.delete(key);
  rates.set(key, count);
  const [oldest] = rates.keys();
  if (rates.size > MAX_RATES && oldest !== undefined) rates.delete(oldest);
  return count <= context.limits.requestsPerMinute;
}
