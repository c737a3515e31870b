import { openAccount, type Account, type AccountOptions } from '../account/index.ts';
import {
  createCustomer,
  type Customer,
  type PurchaseHandle,
  type PurchaseUpdate,
  type Receipt,
  type Wish,
} from '../customer/index.ts';
import { addMsat, satsToMsat, success, type Msat, type Outcome } from '../protocol/index.ts';
import type { Market } from './market.ts';

/** One line of the sale's timeline. `atMs` counts from the first request. */
export interface SaleStep {
  readonly atMs: number;
  readonly job: 'extract' | 'summarize';
  readonly who: 'customer' | 'provider' | 'wallet';
  readonly what: string;
  readonly amountMsat: Msat | null;
  readonly eventId: string | null;
}

/** A finished first sale. */
export interface FirstSale {
  readonly summary: string;
  readonly extract: Receipt;
  readonly summarize: Receipt;
  readonly spentMsat: Msat;
  readonly tookMs: number;
}

/** Whose books the sale is kept in. */
export type FirstBuyer = Pick<AccountOptions, 'dir' | 'databaseUrl' | 'secretKey' | 'onRestored'>;

/** More than both jobs cost together. */
const MAX_MSAT_PER_JOB = satsToMsat(50);

/**
 * Buys a chained job on the sample document: its text, then a summary of that result through a `job`
 * input, both paid with hold invoices from the customer's wallet. Fails as `openAccount`, or with the code of the
 * purchase that went wrong.
 */
export async function buyFirstSale(
  market: Market,
  options: {
    /** Whoever else spends from that wallet keeps its books in the same place, or they do not agree with it. */
    readonly buyer: FirstBuyer;
    readonly onStep: (step: SaleStep) => void;
    /** Withdraws what is not paid yet. */
    readonly signal: AbortSignal;
  },
): Promise<Outcome<FirstSale>> {
  const account = await openAccount({
    ...options.buyer,
    relayUrls: [market.relayUrl],
    walletUri: market.customerWalletUri,
    allowHosts: [market.host],
  });
  if (!account.ok) return account;
  const customer = customerOf(account.value);
  try {
    return await buyChain(customer, market, options);
  } finally {
    await customer.close();
    await account.value.close();
  }
}

function customerOf(account: Account): Customer {
  return createCustomer({ ...account, caps: { perJobMsat: addMsat(MAX_MSAT_PER_JOB, satsToMsat(10)) } });
}

async function buyChain(
  customer: Customer,
  market: Market,
  { onStep, signal }: { readonly onStep: (step: SaleStep) => void; readonly signal: AbortSignal },
): Promise<Outcome<FirstSale>> {
  const started = performance.now();
  const buy = async (job: SaleStep['job'], wish: Omit<Wish, 'maxAmountMsat'>): Promise<Outcome<Receipt>> => {
    const bought = await customer.buy({ ...wish, signal, maxAmountMsat: MAX_MSAT_PER_JOB });
    if (!bought.ok) return bought;
    const told = tell(bought.value, (step) => onStep({ ...step, job, atMs: performance.now() - started }));
    const result = await bought.value.result();
    if (result.ok) await told;
    return result;
  };

  const extract = await buy('extract', { kind: 5000, inputs: [{ data: market.sampleUrl, type: 'url' }] });
  if (!extract.ok) return extract;
  const { requestId, resultEvent } = extract.value;
  const summarize = await buy('summarize', {
    kind: 5001,
    inputs: [{ data: requestId, type: 'job', relay: market.relayUrl }],
    params: { length: '60 words' },
    chain: new Map([[requestId, resultEvent.id]]),
  });
  if (!summarize.ok) return summarize;
  return success({
    summary: summarize.value.content,
    extract: extract.value,
    summarize: summarize.value,
    spentMsat: addMsat(
      ...[extract.value, summarize.value].flatMap(({ amountMsat, feePaidMsat }) => [amountMsat, feePaidMsat]),
    ),
    tookMs: performance.now() - started,
  });
}

/** Turns what happens to a purchase into lines of the timeline, until nothing more happens. */
async function tell(
  purchase: PurchaseHandle,
  onStep: (step: Omit<SaleStep, 'job' | 'atMs'>) => void,
): Promise<void> {
  let delivered = false;
  for await (const update of purchase.events()) {
    const step = stepOf(update, delivered);
    if (step) onStep(step);
    delivered ||= update.type === 'state' && update.state === 'received';
  }
}

function stepOf(update: PurchaseUpdate, delivered: boolean): Omit<SaleStep, 'job' | 'atMs'> | null {
  switch (update.type) {
    case 'offer':
      return {
        who: 'provider',
        what: 'offers',
        amountMsat: update.offer.amountMsat,
        eventId: update.offer.event.id,
      };
    case 'progress':
      return {
        who: 'provider',
        what: update.note || 'sees the money held and works',
        amountMsat: null,
        eventId: null,
      };
    case 'state':
      return stateStep(update, delivered);
    default:
      return null;
  }
}

/** A second `received` records that the held money was taken after the delivery. */
function stateStep(
  { state, purchase }: Extract<PurchaseUpdate, { type: 'state' }>,
  delivered: boolean,
): Omit<SaleStep, 'job' | 'atMs'> | null {
  const amountMsat = purchase.offer?.amountMsat ?? null;
  const settled = { who: 'wallet', what: 'hold is settled', amountMsat, eventId: null } as const;
  switch (state) {
    case 'requested':
      return {
        who: 'customer',
        what: `asks for kind ${purchase.request.kind}, at most`,
        amountMsat: purchase.maxAmountMsat,
        eventId: purchase.requestId,
      };
    case 'paying':
      return { who: 'customer', what: 'pays the hold invoice', amountMsat, eventId: null };
    case 'paid':
      return settled;
    case 'received':
      return delivered
        ? settled
        : { who: 'provider', what: 'delivers', amountMsat: null, eventId: purchase.result?.id ?? null };
    default:
      return null;
  }
}
