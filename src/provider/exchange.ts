import {
  commonMints,
  isPaidInEcash,
  lockableUntil,
  type ExchangeMode,
  type JobRequest,
  type Msat,
} from '../protocol/index.ts';
import type { ProviderLimits } from './context.ts';
import type { Service } from './handler.ts';
import type { TrustLimits } from './trust-policy.ts';

/** What decides by which mode a job is sold. */
export interface ExchangeRules {
  /** Modes that the wallet at hand can carry out. */
  readonly payable: ReadonlySet<ExchangeMode>;
  /** What the customer has prepaid. */
  readonly balanceMsat: Msat;
  /** Mints whose ecash is taken. */
  readonly mints: readonly string[];
  /** What the customer is trusted with. */
  readonly trust: TrustLimits;
  readonly limits: Pick<ProviderLimits, 'holdSeconds' | 'offerSeconds'>;
  /** Unix seconds. */
  readonly now: number;
}

/** A hold made for a customer that knows nothing of our tags must resolve within this time. */
const PLAIN_CUSTOMER_HOLD_SECONDS = 60;

/** What a customer that names no mode can finish: NIP-90 knows no other way. */
const PLAIN_MODES: readonly ExchangeMode[] = ['free', 'hold', 'prepay', 'postpay', 'sample', 'zap'];

/** The first draft knows a result that names its price, and nothing before it. */
const FIRST_DRAFT_MODES: readonly ExchangeMode[] = ['free', 'postpay'];

/** The modes a service sells a job of that price by, best first: its own list, or what the price implies. */
export function sellableBy(service: Service, amountMsat: Msat = service.priceMsat): readonly ExchangeMode[] {
  const isFlexible = service.pricing !== undefined || service.quotedByHand === true;
  if (amountMsat === 0n && (isFlexible || service.exchanges === undefined)) return ['free'];
  return service.exchanges ?? ['hold', 'ecash-htlc', 'prepay'];
}

/** The longest that a hold made for this customer may last. */
export function longestHoldSeconds(
  { exchanges }: Pick<JobRequest, 'exchanges'>,
  limits: Pick<ProviderLimits, 'holdSeconds'>,
): number {
  return exchanges.length === 0 ? PLAIN_CUSTOMER_HOLD_SECONDS - 1 : limits.holdSeconds;
}

/**
 * The first mode of the service by which a job of that price can be sold: that the customer can finish, the wallet can
 * carry out, the time allows and the customer is trusted with; `null` when there is none.
 */
export function chooseExchange(
  request: JobRequest,
  service: Service,
  amountMsat: Msat,
  rules: ExchangeRules,
): ExchangeMode | null {
  const isPlain = request.exchanges.length === 0;
  const plainModes = request.dialect === 'first-draft' ? FIRST_DRAFT_MODES : PLAIN_MODES;
  const wanted = isPlain ? plainModes : request.exchanges;
  const longestHold = longestHoldSeconds(request, rules.limits);
  return (
    sellableBy(service, amountMsat).find(
      (mode) =>
        rules.payable.has(mode) &&
        wanted.includes(mode) &&
        (mode !== 'hold' || service.worstSeconds <= longestHold) &&
        (mode !== 'ecash-htlc' || mayBeLocked(request, service, rules)) &&
        (mode !== 'balance' || amountMsat <= rules.balanceMsat) &&
        (!isPaidInEcash(mode) || (amountMsat % 1000n === 0n && hasCommonMint(request, rules))) &&
        amountMsat <= unpaidLimit(mode, amountMsat, rules.trust),
    ) ?? null
  );
}

/** Whether ecash can stay locked for as long as the work takes at worst. */
function mayBeLocked(
  { expiresAt }: Pick<JobRequest, 'expiresAt'>,
  { worstSeconds }: Pick<Service, 'worstSeconds'>,
  { now, limits: { offerSeconds } }: Pick<ExchangeRules, 'now' | 'limits'>,
): boolean {
  return lockableUntil({ now, offerSeconds, worstSeconds, expiresAt }) !== null;
}

/** Whether there is a mint for both sides; a customer that names none may have ecash of any. */
function hasCommonMint({ mints }: Pick<JobRequest, 'mints'>, rules: Pick<ExchangeRules, 'mints'>): boolean {
  return mints.length === 0 || commonMints(rules.mints, mints).length > 0;
}

/** Up to which price a job of this one may be sold by that mode to a customer with this trust. */
function unpaidLimit(mode: ExchangeMode, amountMsat: Msat, trust: TrustLimits): Msat {
  if (mode === 'postpay') return trust.deliverUnpaidUpToMsat;
  if (mode === 'sample' || mode === 'reveal') return trust.workUnpaidUpToMsat;
  return amountMsat;
}
