import { isPaidInEcash, type ExchangeMode, type JobRequest } from '../protocol/index.ts';
import type { ProviderLimits } from './context.ts';
import type { Service } from './handler.ts';
import type { TrustLimits } from './trust-policy.ts';

/** What decides by which mode a job is sold. */
export interface ExchangeRules {
  /** Modes that the wallet at hand can carry out. */
  readonly payable: ReadonlySet<ExchangeMode>;
  /** What the customer is trusted with. */
  readonly trust: TrustLimits;
  readonly limits: Pick<ProviderLimits, 'holdSeconds'>;
}

/** A hold made for a customer that knows nothing of our tags must resolve within this time. */
const PLAIN_CUSTOMER_HOLD_SECONDS = 60;

/** What a customer that names no mode can finish: NIP-90 knows no other way. */
const PLAIN_MODES: readonly ExchangeMode[] = ['free', 'hold', 'prepay', 'postpay', 'sample', 'zap'];

/** The first draft knows a result that names its price, and nothing before it. */
const FIRST_DRAFT_MODES: readonly ExchangeMode[] = ['free', 'postpay'];

/** The modes a service sells by, best first: its own list, or what its price implies. */
export function sellableBy(service: Service): readonly ExchangeMode[] {
  return service.exchanges ?? (service.priceMsat === 0n ? ['free'] : ['hold', 'ecash-htlc', 'prepay']);
}

/**
 * The first mode of the service that the customer can finish, the wallet can carry out, the time allows and the
 * customer is trusted with; `null` when there is none.
 */
export function chooseExchange(
  request: JobRequest,
  service: Service,
  rules: ExchangeRules,
): ExchangeMode | null {
  const isPlain = request.exchanges.length === 0;
  const plainModes = request.dialect === 'first-draft' ? FIRST_DRAFT_MODES : PLAIN_MODES;
  const wanted = isPlain ? plainModes : request.exchanges;
  const longestHold = isPlain ? PLAIN_CUSTOMER_HOLD_SECONDS - 1 : rules.limits.holdSeconds;
  return (
    sellableBy(service).find(
      (mode) =>
        rules.payable.has(mode) &&
        wanted.includes(mode) &&
        (mode !== 'hold' || service.worstSeconds <= longestHold) &&
        (!isPaidInEcash(mode) || service.priceMsat % 1000n === 0n) &&
        service.priceMsat <= unpaidLimit(mode, service, rules.trust),
    ) ?? null
  );
}

/** Up to which price a service may be sold by that mode to a customer with this trust. */
function unpaidLimit(mode: ExchangeMode, service: Service, trust: TrustLimits): bigint {
  if (mode === 'postpay') return trust.deliverUnpaidUpToMsat;
  if (mode === 'sample' || mode === 'reveal') return trust.workUnpaidUpToMsat;
  return service.priceMsat;
}
