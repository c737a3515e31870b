import type { CustomerRecord } from '../ledger/index.ts';
import {
  failure,
  MAX_MSAT,
  ZERO_MSAT,
  type ExchangeMode,
  type FollowUp,
  type JobRequest,
  type Msat,
} from '../protocol/index.ts';
import { admit, type Admission, type AdmissionRules } from './admission.ts';
import type { TermsByHand } from './by-hand/terms.ts';
import type { ProviderContext } from './context.ts';
import { findAgreed } from './follow-up/agreed-terms.ts';
import { isOffered, type Service, type ServiceCondition } from './handler.ts';
import type { OpenSales } from './open-sales.ts';
import { atRescuePrice, RESCUE_MODES, type Rescuer } from './rescue/rescuers.ts';
import { hasUrls, type JobSize, type RivalBook } from './pricing/index.ts';
import { sellsOnTrust, trustLeft } from './trust.ts';
import { isKnownPayer, type TrustLimits } from './trust-policy.ts';

/** Judges requests by everything that the provider knows at that moment. */
export interface AdmissionDesk {
  /**
   * What can be said of a request at once, as if its customer were known and trusted: a refusal is final, and asks for
   * no lookup, no decryption and no fetch.
   */
  glance(request: JobRequest): Admission;
  /**
   * The whole judgement, of one service where that is settled, and on the terms of a person where that has decided. What
   * continues a job is judged on the terms that were agreed with its first step, whatever is settled. Whoever is admitted
   * has its place among the open sales from then on.
   */
  judge(
    request: JobRequest,
    settled?: { readonly serviceId: string; readonly terms?: TermsByHand },
  ): Promise<Admission>;
  /** The same of a request that others have abandoned, on the terms of those that step in, and paid before any work. */
  judgeRescue(request: JobRequest, rescuers: readonly Rescuer[]): Promise<Admission>;
  /** Whether the customer has paid here before, and left nothing unpaid. */
  isPayer(customerPubkey: string): Promise<boolean>;
}

/** What of a judgement is settled besides the request. */
type Settled = Pick<AdmissionRules, 'terms' | 'stepsIn'>;

/** As if a customer could be trusted with anything. */
const ALL_TRUST: TrustLimits = { workUnpaidUpToMsat: MAX_MSAT, deliverUnpaidUpToMsat: MAX_MSAT };

/** Makes the desk of one provider. */
export function createAdmissionDesk(
  context: ProviderContext,
  parts: {
    /** Modes that the wallet at hand can carry out. */
    readonly payable: ReadonlySet<ExchangeMode>;
    readonly sales: OpenSales;
    readonly rivals: RivalBook;
  },
): AdmissionDesk {
  const { sales, payable } = parts;
  const payableUnasked = new Set([...payable].filter((mode) => RESCUE_MODES.has(mode)));
  const rulesFor = (
    request: JobRequest,
    known: Pick<AdmissionRules, 'balanceMsat' | 'services' | 'record' | 'trust' | 'size' | keyof Settled>,
  ): AdmissionRules => ({
    ...known,
    pubkey: context.signer.pubkey,
    access: context.access(request.customerPubkey),
    limits: context.limits,
    payable: known.stepsIn === true ? payableUnasked : payable,
    mints: context.ecash?.mintUrls ?? [],
    loadOf: (service) => sales.loadOf(service, request.id),
    rivals: parts.rivals.offersFor(request, context.now()),
    now: context.now(),
  });

  const judgeAmong = async (
    request: JobRequest,
    services: readonly Service[],
    settled: Settled,
  ): Promise<Admission> => {
    const record = services.some(asksForRecord)
      ? await recordOf(context, sales, request.customerPubkey)
      : null;
    const balanceMsat = await balanceFor(context, request, services);
    const judgeBy = (size: JobSize | null) => {
      const customer = { customerPubkey: request.customerPubkey, requestId: request.id };
      const trust = record === null ? ALL_TRUST : trustLeft(context, sales, customer, record);
      return admit(request, rulesFor(request, { services, balanceMsat, record, trust, size, ...settled }));
    };
    let admitted = judgeBy(null);
    if (admitted.ok && isMeasured(request, services)) {
      const size = await context.measures.measure(request, context.signal);
      if (!size.ok) return { ...size, answer: true };
      admitted = judgeBy(size.value);
    }
    // From the judgement to the claim nothing is awaited: requests that come together are weighed one after the other.
    if (!admitted.ok) return admitted;
    const { service, exchange, price } = admitted.value;
    if (sales.isStepOpen(request.event)) return STEP_TAKEN;
    sales.claim({
      request: request.event,
      serviceId: service.id,
      exchange,
      amountMsat: price.amountMsat,
    });
    const unmet = await unmetCondition(context, request, service.conditions ?? []);
    return unmet === null ? admitted : refuseUnmet(unmet);
  };

  /** By whoever sold the first step, also where it sells nothing new by now. */
  const judgeFollowUp = async (request: JobRequest, followUp: FollowUp): Promise<Admission> => {
    const agreed = await findAgreed(context, request, followUp);
    if (!agreed.ok) return { ...agreed, answer: request.targets.includes(context.signer.pubkey) };
    const { serviceId, terms } = agreed.value;
    const services = context.services.filter(({ kind, id }) => kind === request.kind && id === serviceId);
    return judgeAmong(request, services, { terms });
  };

  return {
    glance: (request) => {
      const services = request.followUp === null ? context.services.filter(isOffered) : context.services;
      const open = { record: null, trust: ALL_TRUST, size: null, balanceMsat: MAX_MSAT };
      return admit(request, rulesFor(request, { services, ...open }));
    },
    judge(request, settled) {
      if (request.followUp !== null) return judgeFollowUp(request, request.followUp);
      const services = context.services.filter(
        (service) =>
          service.kind === request.kind &&
          (settled === undefined ? isOffered(service) : service.id === settled.serviceId),
      );
      return judgeAmong(request, services, settled?.terms === undefined ? {} : { terms: settled.terms });
    },
    judgeRescue: (request, rescuers) => judgeAmong(request, rescuers.map(atRescuePrice), { stepsIn: true }),
    isPayer: async (customerPubkey) => isKnownPayer(await recordOf(context, sales, customerPubkey)),
  };
}

/** What the customer has prepaid, where it wants to use that and a service lets it. */
async function balanceFor(
  { ledger, signer }: ProviderContext,
  { exchanges, customerPubkey }: JobRequest,
  services: readonly Service[],
): Promise<Msat> {
  const isWanted = exchanges.includes('balance');
  if (!isWanted || !services.some((service) => service.exchanges?.includes('balance'))) return ZERO_MSAT;
  return ledger.balances.of({ providerPubkey: signer.pubkey, customerPubkey });
}

/** Whether what lies behind the request's URLs is looked at before the price is said. */
function isMeasured(request: JobRequest, services: readonly Service[]): boolean {
  return hasUrls(request) && services.some(({ pricing }) => pricing?.measuresUrls === true);
}

/** Whether what a service does hangs on what the books know of a customer. */
function asksForRecord(service: Service): boolean {
  const { pricing, proofOfWorkBits } = service;
  return sellsOnTrust(service) || proofOfWorkBits !== undefined || pricing?.isFixed === false;
}

async function recordOf(
  { ledger, signer }: ProviderContext,
  sales: OpenSales,
  customerPubkey: string,
): Promise<CustomerRecord> {
  const record = await ledger.sales.recordOf(signer.pubkey, customerPubkey);
  if (isKnownPayer(record)) sales.rememberPayer(customerPubkey);
  else sales.forgetPayer(customerPubkey);
  return record;
}

/** The first condition that this customer does not meet; one that cannot be checked counts as not met. */
async function unmetCondition(
  context: ProviderContext,
  request: JobRequest,
  conditions: readonly ServiceCondition[],
): Promise<ServiceCondition | null> {
  for (const condition of conditions) {
    if (condition.isMet === undefined) continue;
    try {
      if (!(await condition.isMet(request))) return condition;
    } catch {
      const message = `Whether a customer meets "${condition.code}" cannot be found out; it is refused.`;
      context.onTrouble({ code: 'condition-unchecked', message, data: { requestId: request.id } }, null);
      return condition;
    }
  }
  return null;
}

/** Two requests for one step came together. */
const STEP_TAKEN: Admission = {
  ...failure('step-taken', 'Another request for that milestone or revision is being answered.'),
  answer: true,
};

function refuseUnmet({ code, detail }: ServiceCondition): Admission {
  const message = `This service asks for "${code}" besides money: ${detail}`;
  return {
    ...failure('condition-unmet', message, { condition: code }),
    answer: true,
    conditions: [{ code, detail }],
  };
}
