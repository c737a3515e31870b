import { compareText } from '../answer-order.ts';
import type { Msat } from '../msat.ts';

/**
 * How far a payment is proven, the weakest first. `claimed`: somebody says so. `vouched`: the side that was paid
 * says so as well. `shown`: the preimage of the invoice that the provider named for the job is public. `known`: the
 * caller's own wallet has the preimage.
 */
export const PROOF_STRENGTHS = ['claimed', 'vouched', 'shown', 'known'] as const;

/** How far a payment is proven; see `PROOF_STRENGTHS`. */
export type ProofStrength = (typeof PROOF_STRENGTHS)[number];

/**
 * Who could have made a piece of evidence although nothing was paid. `payer`: whoever is said to have paid.
 * `provider-wallet`: whoever signs the zap receipts of the provider's wallet, which can be itself. `routing-node`:
 * who passed the payment on and so learnt its preimage. With `payer-and-` both had to take part.
 */
export type Forger =
  | 'anybody'
  | 'payer'
  | 'provider'
  | 'provider-wallet'
  | 'routing-node'
  | 'payer-and-provider'
  | 'payer-and-routing-node';

/** One reason to believe that a provider was paid. */
export interface PaymentEvidence {
  readonly type: 'zap-receipt' | 'nutzap' | 'review' | 'preimage';
  /** The event that says so; `null` for a preimage that the caller knows. */
  readonly eventId: string | null;
  /** Who paid, as far as the evidence says. */
  readonly payerPubkey: string | null;
  /** The request, offer or result that was paid for. */
  readonly paidId: string;
  readonly amountMsat: Msat | null;
  readonly strength: ProofStrength;
  /** Who alone could have made it without a payment; nobody when the list is empty. */
  readonly forgers: readonly Forger[];
  /** Unix seconds, as the event's author wrote them; `null` without an event. */
  readonly at: number | null;
}

/** Everything that speaks for one payment: all evidence about one invoice, or one nutzap. */
export interface Payment {
  /** `null` for ecash. */
  readonly bolt11: string | null;
  /** What the strongest evidence says; `null` where it names no amount. */
  readonly amountMsat: Msat | null;
  /** That of the strongest evidence. */
  readonly strength: ProofStrength;
  /** The strongest first, then the oldest. */
  readonly evidence: readonly PaymentEvidence[];
}

/** A piece of evidence, whom it says was paid, and what tells its payment from others: an invoice or a nutzap's id. */
export interface Claim {
  readonly providerPubkey: string;
  readonly paymentKey: string;
  readonly bolt11: string | null;
  readonly evidence: PaymentEvidence;
}

/** Puts claims about one payment together. The best proven payment comes first, then the oldest. */
export function paymentsOf(claims: readonly Claim[]): Payment[] {
  const ordered = claims.toSorted(compareClaims);
  return [...Map.groupBy(ordered, ({ paymentKey }) => paymentKey).values()].flatMap((about) => {
    const [strongest] = about;
    if (strongest === undefined) return [];
    const { amountMsat, strength } = strongest.evidence;
    return [
      { bolt11: strongest.bolt11, amountMsat, strength, evidence: about.map((claim) => claim.evidence) },
    ];
  });
}

function compareClaims(left: Claim, right: Claim): number {
  const [one, other] = [left.evidence, right.evidence];
  return (
    PROOF_STRENGTHS.indexOf(other.strength) - PROOF_STRENGTHS.indexOf(one.strength) ||
    (one.at ?? 0) - (other.at ?? 0) ||
    compareText(one.eventId ?? '', other.eventId ?? '') ||
    compareText(left.paymentKey, right.paymentKey)
  );
}
