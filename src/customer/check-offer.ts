import type { ChosenOffer } from '../ledger/index.ts';
import { checkInvoice, type LightningNetwork } from '../money/index.ts';
import { addMsat, failure, formatSats, msat, success, type Msat, type Outcome } from '../protocol/index.ts';
import { SUPPORTED_EXCHANGES } from './contract.ts';
import type { OfferFailureCode } from './errors.ts';
import type { Offer } from './offers.ts';

/** What an offer is held against. */
export interface OfferLimits {
  readonly maxAmountMsat: Msat;
  /** Cap on amount plus fee limit. */
  readonly perJobMsat: Msat;
  /** Modes the request asked for; empty stands for all that are supported. */
  readonly exchanges: readonly string[];
  /** Unix seconds. */
  readonly deadlineAt: number;
  /** The network of the wallet, `null` while unknown. */
  readonly network: LightningNetwork | null;
  /** Unix seconds. */
  readonly now: number;
}

/** A quote or invoice must stay valid this long, so that it does not run out between the check and the payment. */
const MIN_VALID_SECONDS = 2;
const MIN_FEE_LIMIT_MSAT = 5000n;

/** What routing may cost on top of an amount: 1 %, at least 5 sat. Reserved with it, because NIP-47 cannot limit fees. */
export function feeLimitFor(amountMsat: Msat): Msat {
  const onePercent = (amountMsat + 99n) / 100n;
  return msat(onePercent > MIN_FEE_LIMIT_MSAT ? onePercent : MIN_FEE_LIMIT_MSAT);
}

/**
 * Whether this very quote may be taken now, and what it then binds us to: its amount, its invoice, its hash.
 * The amount must not exceed the wish's maximum; amount and fee limit together must not exceed the cap of one
 * job. Fails with every `OfferFailureCode` except `spent`, which only the ledger knows.
 */
export function checkOffer(offer: Offer, limits: OfferLimits): Outcome<ChosenOffer, OfferFailureCode> {
  const { exchange, amountMsat, bolt11 } = offer;
  const asked = limits.exchanges.length === 0 || limits.exchanges.includes(exchange);
  if (!asked || !SUPPORTED_EXCHANGES.some((mode) => mode === exchange))
    return failure('not-supported', `The mode "${exchange}" was not asked for or cannot be finished here.`, {
      exchange,
    });
  if (offer.conditions.length > 0)
    return failure('not-supported', 'The offer asks for more than money, which cannot be given here.', {
      conditions: offer.conditions.map(({ code }) => code),
    });
  if (offer.withdrawn) return failure('withdrawn', 'The provider will not do the job.');
  if (amountMsat === null) return failure('amount-unknown', 'The offer names no clear amount.');
  if (offer.validUntil !== null && offer.validUntil < limits.now + MIN_VALID_SECONDS)
    return failure('quote-expired', 'The offer has run out.', { validUntil: offer.validUntil });
  const worstSeconds = offer.delivered ? null : (offer.worstSeconds ?? offer.usualSeconds);
  if (worstSeconds !== null && limits.now + worstSeconds > limits.deadlineAt)
    return failure('too-slow', 'The work may end after the deadline.', { worstSeconds });

  const chosen = { event: offer.event, providerPubkey: offer.providerPubkey, exchange, amountMsat };
  if (exchange === 'free') {
    if (amountMsat > 0n) return failure('not-supported', 'The offer says free and asks for money.');
    return success({ ...chosen, bolt11: null, paymentHash: null, feeLimitMsat: amountMsat });
  }
  const feeLimitMsat = feeLimitFor(amountMsat);
  if (amountMsat > limits.maxAmountMsat)
    return failure('above-max', `It costs ${formatSats(amountMsat)}, more than the wish allows.`, {
      maxAmountMsat: limits.maxAmountMsat.toString(),
    });
  if (addMsat(amountMsat, feeLimitMsat) > limits.perJobMsat)
    return failure('above-max', `With its fee limit it passes the cap of one job.`, {
      perJobMsat: limits.perJobMsat.toString(),
    });
  if (bolt11 === null) return failure('invoice-missing', 'The offer asks for money without an invoice.');
  if (limits.network === null)
    return failure('wallet-unknown', 'The wallet has not answered yet, so its network is unknown.');
  const invoice = checkInvoice({
    bolt11,
    expected: {
      amountMsat,
      network: limits.network,
      now: limits.now,
      minValidSeconds: MIN_VALID_SECONDS,
    },
  });
  if (!invoice.ok)
    return failure('invoice-unacceptable', invoice.failure.message, { reason: invoice.failure.code });
  return success({ ...chosen, bolt11, paymentHash: invoice.value.paymentHash, feeLimitMsat });
}
