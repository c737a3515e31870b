import type { JobPicture, Msat, PaymentEvidence } from '../protocol/index.ts';

/** One line of `coinop trace`, the same for what happened and for what follows from it. */
export interface TraceRow {
  /** Unix seconds as the event's author wrote them; `null` for what the own wallet knows. */
  readonly at: number | null;
  /** Public key: the author, or the provider that was paid or whose result was taken. */
  readonly who: string;
  readonly what: string;
  readonly amountMsat: Msat | null;
  /** The event that it is about. */
  readonly event: string | null;
  /** What is to be known besides: how far a payment is proven, why an event does not count. */
  readonly note: string;
}

/** What happened, in order; then who was paid and how sure that is, which results were taken, and what does not count. */
export function traceRows(picture: JobPicture): TraceRow[] {
  const { providers, timeline, accepted, setAside, setAsideCount } = picture;
  const reviews = new Map(
    providers.flatMap((part) => part.reviews.map(({ review }) => [review.id, review] as const)),
  );
  const happened = timeline.map(({ at, pubkey, what, amountMsat, eventId }): TraceRow => {
    const rating = reviews.get(eventId)?.rating ?? null;
    const note = rating === null ? '' : `rated ${Math.round(rating * 100)} %`;
    return { at, who: pubkey, what, amountMsat, event: eventId, note };
  });
  const payments = providers.flatMap(({ pubkey, payments: own }) =>
    own.flatMap(({ amountMsat, evidence: [best] }): TraceRow[] =>
      best === undefined
        ? []
        : [{ at: best.at, who: pubkey, what: 'paid', amountMsat, event: best.paidId, note: proofOf(best) }],
    ),
  );
  const taken = accepted.map(({ resultId, providerPubkey, by }): TraceRow => ({
    at: null,
    who: providerPubkey,
    what: 'accepted',
    amountMsat: null,
    event: resultId,
    note: `by ${by}`,
  }));
  const ignored = setAside.map(({ event, reason }): TraceRow => ({
    at: event.created_at,
    who: event.pubkey,
    what: 'set-aside',
    amountMsat: null,
    event: event.id,
    note: setAsideCount > setAside.length ? `${reason} (one of ${setAsideCount})` : reason,
  }));
  return [...happened, ...payments, ...taken, ...ignored];
}

function proofOf({ type, strength, forgers }: PaymentEvidence): string {
  const source = type === 'preimage' ? 'own wallet' : type;
  return forgers.length === 0
    ? `${strength} (${source})`
    : `${strength} (${source}); could be made up by ${forgers.join(', ')}`;
}
