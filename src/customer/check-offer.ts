import type { ChosenOffer } from '../ledger/index.ts';
import { checkInvoice, feeLimitOf, type LightningNetwork } from '../money/index.ts';
import {
  addMsat,
  failure,
  formatSats,
  isPaidInEcash,
  success,
  ZERO_MSAT,
  type ExchangeMode,
  type Msat,
  type Outcome,
} from '../protocol/index.ts';
import { drawHashOf } from './balance/draw.ts';
import { checkEcash } from './check-ecash.ts';
import { unmetConditions } from './conditions/work.ts';
import { SUPPORTED_EXCHANGES } from './wish.ts';
import type { OfferFailureCode } from './errors.ts';
import type { Offer } from './offer.ts';

/** What an offer is held against. */
export interface OfferLimits {
  readonly maxAmountMsat: Msat;
  /** What was agreed for a further step of a job; `null` for a job of its own. */
  readonly agreedMsat: Msat | null;
  /** Cap on amount plus fee limit. */
  readonly perJobMsat: Msat;
  /** Modes the request asked for; empty stands for all that are supported. */
  readonly exchanges: readonly ExchangeMode[];
  /** Unix seconds. */
  readonly deadlineAt: number;
  /** Proof of work that the request shows, in bits. */
  readonly workBits: number;
  /** Mints that we trust, for what is paid in ecash. */
  readonly mints: readonly string[];
  /** The network of the wallet, `null` while unknown. */
  readonly network: LightningNetwork | null;
  /** Unix seconds. */
  readonly now: number;
}

/** A quote or invoice must stay valid this long, so that it does not run out between the check and the payment. */
const MIN_VALID_SECONDS = 2;
/** The one format of locked results that can be opened. */
const REVEAL_VERSION = 'v1';

/**
 * Whether this very offer may be taken now, and what it then binds us to: its amount, and its invoice and hash
 * where it has them already. The amount must not exceed the wish's maximum, nor what the provider promised;
 * amount and fee limit together must not exceed the cap of one job. Fails with every `OfferFailureCode` except
 * `tried`, `spent`, which only the ledger knows, and `unreadable`, which takes the signer to find out.
 */
export function checkOffer(offer: Offer, limits: OfferLimits): Outcome<ChosenOffer, OfferFailureCode> {
  const terms = checkTerms(offer, limits);
  if (!terms.ok) return terms;
  const { event, providerPubkey, exchange } = offer;
  const chosen = { event, providerPubkey, exchange, amountMsat: terms.value };
  const unpaid = { ...chosen, bolt11: null, paymentHash: null };
  if (exchange === 'free')
    return chosen.amountMsat === 0n
      ? success({ ...unpaid, feeLimitMsat: ZERO_MSAT })
      : failure('not-supported', 'The offer says free and asks for money.');
  const price = checkPrice(offer, chosen.amountMsat, limits);
  if (!price.ok) return price;
  const { feeLimitMsat } = price.value;
  if (isPaidInEcash(exchange)) {
    const payable = checkEcash(offer, chosen.amountMsat, limits);
    return payable.ok ? success({ ...unpaid, ...payable.value, feeLimitMsat }) : payable;
  }
  if (exchange === 'balance') return success({ ...unpaid, paymentHash: drawHashOf(offer.id), feeLimitMsat });
  const isYetToAgree = offer.exchange === 'zap' && offer.bolt11 === null;
  if (offer.isPromise || isYetToAgree) return success({ ...unpaid, feeLimitMsat });
  const invoice = checkPayable(offer, chosen.amountMsat, limits);
  return invoice.ok ? success({ ...chosen, ...invoice.value, feeLimitMsat }) : invoice;
}

/** Mode, time and conditions; the value is the amount. */
function checkTerms(offer: Offer, limits: OfferLimits): Outcome<Msat, OfferFailureCode> {
  const { exchange, amountMsat, reveal } = offer;
  if (limits.agreedMsat !== null && amountMsat !== null && amountMsat > limits.agreedMsat)
    return failure('plan-broken', `It costs ${formatSats(amountMsat)}, more than was agreed with the job.`, {
      agreedMsat: limits.agreedMsat.toString(),
    });
  const asked = limits.exchanges.length === 0 || limits.exchanges.includes(exchange);
  if (!asked || !SUPPORTED_EXCHANGES.some((mode) => mode === exchange))
    return failure('not-supported', `The mode "${exchange}" was not asked for or cannot be finished here.`, {
      exchange,
    });
  if (reveal !== null && reveal.version !== REVEAL_VERSION)
    return failure('not-supported', 'The result is locked in a way that cannot be opened here.', {
      version: reveal.version,
    });
  const unmet = unmetConditions(offer.conditions, limits.workBits);
  if (unmet.length > 0)
    return failure('not-supported', 'The offer asks for more than money, which cannot be given here.', {
      conditions: unmet.map(({ code }) => code),
    });
  if (offer.withdrawn) return failure('withdrawn', 'The provider will not do the job.');
  if (amountMsat === null) return failure('amount-unknown', 'The offer names no clear amount.');
  if (offer.validUntil !== null && offer.validUntil < limits.now + MIN_VALID_SECONDS)
    return failure('quote-expired', 'The offer has run out.', { validUntil: offer.validUntil });
  const seconds = secondsToGo(offer);
  if (seconds !== null && limits.now + seconds > limits.deadlineAt)
    return failure('too-slow', 'The work may end after the deadline.', { seconds });
  return success(amountMsat);
}

/** How long the result may still take. With a sample the work is shown to be done, and usually only sent. */
function secondsToGo({ delivered, sample, usualSeconds, worstSeconds }: Offer): number | null {
  if (delivered) return null;
  return sample === null ? (worstSeconds ?? usualSeconds) : (usualSeconds ?? worstSeconds);
}

function checkPrice(
  { promisedMsat, exchange }: Offer,
  amountMsat: Msat,
  limits: OfferLimits,
): Outcome<Pick<ChosenOffer, 'feeLimitMsat'>, OfferFailureCode> {
  const feeLimitMsat = exchange === 'balance' ? ZERO_MSAT : feeLimitOf(amountMsat); // no payment, no route
  if (amountMsat > limits.maxAmountMsat)
    return failure('above-max', `It costs ${formatSats(amountMsat)}, more than the wish allows.`, {
      maxAmountMsat: limits.maxAmountMsat.toString(),
    });
  if (addMsat(amountMsat, feeLimitMsat) > limits.perJobMsat)
    return failure('above-max', `With its fee limit it passes the cap of one job.`, {
      perJobMsat: limits.perJobMsat.toString(),
    });
  if (promisedMsat !== null && amountMsat > promisedMsat)
    return failure('promise-broken', `It costs ${formatSats(amountMsat)}, more than was promised.`, {
      promisedMsat: promisedMsat.toString(),
    });
  return success({ feeLimitMsat });
}

/** The invoice, and that what the mode puts before the payment is really there. */
function checkPayable(
  offer: Offer,
  amountMsat: Msat,
  limits: OfferLimits,
): Outcome<{ readonly bolt11: string; readonly paymentHash: string }, OfferFailureCode> {
  const { bolt11, exchange, reveal } = offer;
  if (bolt11 === null) return failure('invoice-missing', 'The offer asks for money without an invoice.');
  if (!isShown(offer))
    return failure(
      'not-shown',
      `It says ${exchange} and asks for money before it shows what that promises.`,
      {
        exchange,
      },
    );
  if (limits.network === null)
    return failure('wallet-unknown', 'The wallet has not answered yet, so its network is unknown.');
  const invoice = checkInvoice({
    bolt11,
    expected: {
      amountMsat,
      network: limits.network,
      now: limits.now,
      minValidSeconds: MIN_VALID_SECONDS,
      ...(reveal === null ? {} : { paymentHash: reveal.paymentHash }),
    },
  });
  if (invoice.ok) return success({ bolt11, paymentHash: invoice.value.paymentHash });
  const { code, message } = invoice.failure;
  if (code === 'wrong-hash')
    return failure('reveal-mismatch', 'Paying this invoice would not bring the key of the result.');
  return failure('invoice-unacceptable', message, { reason: code });
}

/** Whether the offer is what its mode says; otherwise it is a `prepay` under a safer name. */
function isShown({ exchange, delivered, sample }: Offer): boolean {
  switch (exchange) {
    case 'postpay':
    case 'reveal':
      return delivered;
    case 'sample':
      return sample !== null;
    default:
      return true;
  }
}
