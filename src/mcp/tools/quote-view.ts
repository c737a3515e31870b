import { z } from 'zod';
import type { ComparedOffer, Offer, OfferComparison } from '../../customer/index.ts';
import type { JobPlan } from '../../protocol/index.ts';
import type { ProviderRecord } from '../../reputation/index.ts';
import { toSats } from '../agent-budget.ts';
import type { JobRefusal } from '../followed-jobs.ts';
import { shorten } from '../untrusted-text.ts';
import { RecordView, viewRecord } from './record-view.ts';

/** An offer that can be bought. */
export const QuoteView = z.object({
  quote_id: z.string().describe('Give this to buy. It names this very offer of this very request.'),
  sats: z.number().describe('The price.'),
  most_sats: z.number().describe('The price with the worst routing fees, as it counts against the budget.'),
  provider: z.string().describe('Public key of the provider.'),
  exchange: z.string().describe('How it is paid, such as hold, reveal, prepay or free.'),
  exposure: z
    .enum(['guarded', 'sampled', 'advanced'])
    .describe(
      'guarded: money goes only for work that is there, or comes back by itself. sampled: after a part was shown. advanced: before anything is there.',
    ),
  you_trust: z.string().describe('What the provider must be trusted for.'),
  usual_seconds: z.number().nullable().describe('How long the work usually takes, as the provider says.'),
  worst_seconds: z.number().nullable(),
  valid_until: z.number().int().nullable().describe('Unix seconds; null where the offer does not say.'),
  plan: z
    .object({
      untrusted_title: z.string().nullable().describe('What the job itself is called.'),
      milestones: z
        .array(z.object({ sats: z.number(), untrusted_title: z.string() }))
        .describe('Further steps, from number 2 on, at prices that are agreed with the offer.'),
      revisions: z.number().int().describe('How often the work is done over for nothing.'),
    })
    .nullable()
    .describe('What it promises beyond the job, for continue_job later; null when nothing.'),
  delivered: z.boolean().describe('The result is here already, locked or readable.'),
  record: RecordView.nullable().describe(
    'What is known of the provider; null when nothing is: new, not bad.',
  ),
});

/** The offers for one request, as tools show them. */
export const QuotesView = z.object({
  quotes: z.array(QuoteView).describe('Cheapest first.'),
  recommended: z.string().nullable().describe('The quote_id that the buying policy would take.'),
  why: z.array(z.string()),
  refused: z
    .array(z.object({ provider: z.string(), code: z.string() }))
    .describe('Offers that cannot be bought, and why: such as above_max, quote_expired, too_slow.'),
  declined: z
    .array(z.object({ provider: z.string(), code: z.string(), untrusted_detail: z.string() }))
    .describe('Providers that will not do it, in their own words.'),
});
/** The offers for one request, as tools show them. */
export type QuotesView = z.infer<typeof QuotesView>;

/** Offers shown at once. */
const MAX_QUOTES = 20;

/** Shows offers that can be bought now, and those that cannot. */
export function viewQuotes(
  { requestId, offers, refused, choice, state }: OfferComparison,
  known: {
    readonly records: ReadonlyMap<string, ProviderRecord>;
    readonly blocked: ReadonlySet<string>;
  },
): Omit<QuotesView, 'declined'> {
  const isBlocked = ({ providerPubkey }: Offer): boolean => known.blocked.has(providerPubkey);
  const takeable = state === 'requested' ? offers.filter((offer) => !isBlocked(offer)) : [];
  const chosen = takeable.find(({ id }) => id === choice?.offerId);
  const best = chosen ?? takeable[0];
  const unwanted = [
    ...refused,
    ...offers.filter(isBlocked).map((offer) => ({ offer, code: 'blocked' as const })),
  ];
  return {
    quotes: takeable.slice(0, MAX_QUOTES).map((offer) => viewQuote(requestId, offer, known.records)),
    recommended: best === undefined ? null : quoteId(requestId, best.id),
    why: chosen === undefined ? [] : [...(choice?.why ?? [])],
    refused: unwanted
      .slice(0, MAX_QUOTES)
      .map(({ offer, code }) => ({ provider: offer.providerPubkey, code: code.replaceAll('-', '_') })),
  };
}

function viewQuote(
  requestId: string,
  offer: ComparedOffer,
  records: ReadonlyMap<string, ProviderRecord>,
): z.infer<typeof QuoteView> {
  const record = records.get(offer.providerPubkey);
  return {
    quote_id: quoteId(requestId, offer.id),
    sats: toSats(offer.amountMsat),
    most_sats: toSats(offer.totalMsat),
    provider: offer.providerPubkey,
    exchange: offer.exchange,
    exposure: offer.exposure.exposure,
    you_trust: offer.exposure.customerTrusts,
    usual_seconds: offer.usualSeconds,
    worst_seconds: offer.worstSeconds,
    valid_until: offer.validUntil,
    plan: offer.plan === null ? null : viewPlan(offer.plan),
    delivered: offer.delivered,
    record: record === undefined ? null : viewRecord(record),
  };
}

function viewPlan({ title, milestones, revisions }: JobPlan): z.infer<typeof QuoteView>['plan'] {
  return {
    untrusted_title: title === null ? null : shorten(title, MAX_TITLE_CHARS),
    milestones: milestones.map((each) => ({
      sats: toSats(each.amountMsat),
      untrusted_title: shorten(each.title, MAX_TITLE_CHARS),
    })),
    revisions,
  };
}

const MAX_TITLE_CHARS = 100;
const MAX_DETAIL_CHARS = 200;
/** What a provider may call its reason, so that no sentence gets to the agent as a code. */
const REFUSAL_CODE = /^[a-z0-9-]{1,40}$/;

/** Shows who declined; a reason that is no plain code is `other`. */
export function viewRefusals(refusals: readonly JobRefusal[]): QuotesView['declined'] {
  return refusals.map(({ providerPubkey, code, detail }) => ({
    provider: providerPubkey,
    code: REFUSAL_CODE.test(code) ? code : 'other',
    untrusted_detail: shorten(detail, MAX_DETAIL_CHARS),
  }));
}

/** Names one offer of one request. */
function quoteId(requestId: string, offerId: string): string {
  return `${requestId}:${offerId}`;
}

/** The form of a quote's id. */
export const QUOTE_ID = /^([0-9a-f]{64}):([0-9a-f]{64})$/;

/** The request and the offer that a quote's id names; `null` when it is none. */
export function readQuoteId(text: string): { readonly requestId: string; readonly offerId: string } | null {
  const [, requestId, offerId] = QUOTE_ID.exec(text) ?? [];
  return requestId === undefined || offerId === undefined ? null : { requestId, offerId };
}
