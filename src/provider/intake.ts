import {
  isJobRequestKind,
  parseJobRequest,
  tagValues,
  type ExchangeMode,
  type NostrEvent,
} from '../protocol/index.ts';
import { admit, type Admitted } from './admission.ts';
import type { ProviderContext } from './context.ts';
import { openRequest } from './open-request.ts';
import { freeAcceptance } from './quote.ts';
import { answerRefusal } from './refuse.ts';
import type { SaleLoop } from './sale-loop.ts';
import { isCancelledBy, isStillWanted } from './still-wanted.ts';

/**
 * Stage 1: hears requests and cancellations on the provider's relays until the signal aborts, and books
 * each request that passes admission once. Resolves when every relay that answers has sent what it stored.
 */
export async function listenForRequests(
  context: ProviderContext,
  loop: SaleLoop,
  payable: ReadonlySet<ExchangeMode>,
  signal: AbortSignal,
): Promise<void> {
  const kinds = context.services.map(({ kind }) => kind);
  const rates = new Map<string, { minute: number; count: number }>();
  const since = context.now() - context.limits.maxRequestAgeSeconds;
  await context.relays.subscribe({
    relays: context.relayUrls,
    filters: [
      { kinds, since },
      { kinds: [5], '#k': kinds.map(String), since },
    ],
    onEvent: (event) => {
      const handled = isJobRequestKind(event.kind)
        ? takeRequest(context, loop, payable, rates, event)
        : takeCancellation(context, loop, event);
      handled.catch((error: unknown) => loop.broke(error, null));
    },
    signal,
  });
}

async function takeRequest(
  context: ProviderContext,
  loop: SaleLoop,
  payable: ReadonlySet<ExchangeMode>,
  rates: Map<string, { minute: number; count: number }>,
  event: NostrEvent,
): Promise<void> {
  const parsed = parseJobRequest(event);
  if (!parsed.ok) return;
  const { services, limits } = context;
  const rules = { pubkey: context.signer.pubkey, services, limits, payable, now: context.now() };
  let request = parsed.value;
  let admitted = admit(request, rules);
  const isSealedForUs = !admitted.ok && admitted.answer && admitted.failure.code === 'undecryptable';
  if ((admitted.ok || isSealedForUs) && (await context.ledger.sales.get(rules.pubkey, event.id))) return;
  if (!withinRate(context, rates, event.pubkey)) return;
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

/** Free work is booked, accepted and claimed in one commit; what has a price is booked first and quoted then. */
async function openSale(
  context: ProviderContext,
  loop: SaleLoop,
  event: NostrEvent,
  admitted: Admitted,
): Promise<void> {
  const isFree = admitted.exchange === 'free';
  const answer = isFree ? { answer: await freeAcceptance(context, admitted) } : {};
  context.checkpoint('provider:before-open');
  const opening = context.ledger.sales.open({
    providerPubkey: context.signer.pubkey,
    serviceId: admitted.service.id,
    request: event,
    ...answer,
  });
  if (isFree) loop.claim(admitted.service);
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

/** Keys whose rate is remembered at once; the oldest is forgotten first. */
const MAX_RATED_KEYS = 10_000;

function withinRate(
  context: ProviderContext,
  rates: Map<string, { minute: number; count: number }>,
  pubkey: string,
): boolean {
  const minute = Math.floor(context.now() / 60);
  const seen = rates.get(pubkey);
  const rate = seen?.minute === minute ? seen : { minute, count: 0 };
  rate.count += 1;
  rates.delete(pubkey);
  rates.set(pubkey, rate);
  if (rates.size > MAX_RATED_KEYS) for (const oldest of rates.keys()) return rates.delete(oldest);
  return rate.count <= context.limits.requestsPerMinute;
}
