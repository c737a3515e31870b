import { randomBytes } from 'node:crypto';
import { generateSecretKey, secretKeySigner, wrapFor, type Signer } from '../../src/keys/index.ts';
import type { Sale } from '../../src/ledger/index.ts';
import type { Wallet } from '../../src/money/index.ts';
import {
  buildJobRequest,
  failure,
  msat,
  openJobMessage,
  orThrow,
  satsToMsat,
  wrapJobMessage,
  type Failure,
  type JobMessage,
  type JobRequestDraft,
  type NostrEvent,
  type Outcome,
} from '../../src/protocol/index.ts';
import { DEFAULT_LIMITS, type ProviderContext } from '../../src/provider/context.ts';
import { DEFAULT_BALANCE_LIMITS } from '../../src/provider/balance/balance-limits.ts';
import { createMeasureDesk } from '../../src/provider/pricing/index.ts';
import { takeClaim, type RefundClaim } from '../../src/provider/refund/claim.ts';
import { refund } from '../../src/provider/refund/refund.ts';
import { trustNobody } from '../../src/provider/trust-policy.ts';
import type { BuyingStage } from '../customer/stage.ts';

/** What the job cost that failed. */
export const PAID_MSAT = satsToMsat(21);

/** A provider that owes refunds: its stages are called by the test, everything they touch is real. */
export interface Debtor {
  readonly context: ProviderContext;
  readonly troubles: Failure[];
  /** A job of a fresh customer that was paid and then failed. */
  owe(told?: { readonly customer?: Signer; readonly request?: Partial<JobRequestDraft> }): Promise<Debt>;
  /** A job of a fresh customer that was paid and delivered. */
  deliver(): Promise<Debt>;
  /** Lets the refund stage do all that it would do now. */
  settle(debt: Debt): Promise<Sale>;
  sale(debt: Debt): Promise<Sale>;
  /** What the provider has told the customer in private, oldest first. */
  told(debt: Debt): Promise<JobMessage[]>;
}

/** A failed job and whose money it was. */
export interface Debt {
  readonly customer: Signer;
  readonly request: NostrEvent;
}

/** Opens a debtor with the wallet `alice` and an empty ledger, unless told otherwise. */
export function openDebtor(stage: BuyingStage, told: Partial<ProviderContext> = {}): Debtor {
  const troubles: Failure[] = [];
  const signer = secretKeySigner(generateSecretKey());
  const context: ProviderContext = {
    signer,
    ledger: stage.openLedger(),
    wallet: stage.bank.wallet('alice'),
    ecash: null,
    relays: stage.openPool(),
    relayUrls: [stage.relayUrl],
    services: [],
    dialects: ['nip-90'],
    lud16: null,
    operatorPubkey: null,
    sellerName: null,
    fetchInput: null,
    files: null,
    paidFetch: null,
    resolveRefundInvoice: null,
    limits: DEFAULT_LIMITS,
    isPresent: () => true,
    balanceLimits: DEFAULT_BALANCE_LIMITS,
    trust: trustNobody,
    access: () => 'open',
    measures: createMeasureDesk(() => Promise.resolve(failure('input-unsupported', 'No URLs.')), 0),
    speaks: () => true,
    now: () => nowOf(stage),
    checkpoint: () => undefined,
    onChange: () => undefined,
    onTrouble: (trouble) => troubles.push(trouble),
    signal: new AbortController().signal,
    ...told,
  };
  const sale = async ({ request }: Debt): Promise<Sale> => {
    const found = await context.ledger.sales.get(context.signer.pubkey, request.id);
    if (found === null) throw new Error('The sale is gone.');
    return found;
  };
  return {
    context,
    troubles,
    sale,
    async owe({ customer = secretKeySigner(generateSecretKey()), request: wanted = {} } = {}) {
      const request = await signRequest(stage, customer, wanted);
      const paid = await bookPaidSale(stage, context, request);
      const reason = { code: 'handler-failed', message: 'It did not work.' };
      const failed = { work: 'failed', money: 'refund-due', failure: reason } as const;
      orThrow(await context.ledger.sales.change(paid, failed));
      return { customer, request };
    },
    async deliver() {
      const customer = secretKeySigner(generateSecretKey());
      const request = await signRequest(stage, customer, {});
      const { providerPubkey } = await bookPaidSale(stage, context, request);
      const { sales } = context.ledger;
      const lease = { serviceIds: ['echo'], owner: 'worker', leaseSeconds: 9, limit: 1 };
      const [working] = await sales.claimWork({ providerPubkey, ...lease });
      if (working === undefined) throw new Error('There is nothing to work on.');
      const ready = orThrow(await sales.change(working, { work: 'ready', result: request }));
      orThrow(await sales.change(ready, { work: 'delivered' }));
      return { customer, request };
    },
    async settle(debt) {
      let current = await sale(debt);
      for (let next: Sale | null = current; next !== null; next = await refund(context, next)) current = next;
      return current;
    },
    async told({ customer }) {
      const rows = await context.ledger.outbox.claimDue({ limit: 100, leaseSeconds: 0 });
      const opened = await Promise.all(rows.map(({ event }) => openJobMessage(event, customer)));
      return opened.flatMap((outcome) => (outcome.ok ? [outcome.value] : []));
    },
  };
}

function nowOf(stage: BuyingStage): number {
  return Math.floor(Date.now() / 1000) + stage.clock.aheadSeconds;
}

function signRequest(
  stage: BuyingStage,
  customer: Signer,
  wanted: Partial<JobRequestDraft>,
): Promise<NostrEvent> {
  const text = randomBytes(8).toString('hex');
  return customer.sign(
    buildJobRequest({
      kind: 5050,
      inputs: [{ data: text, type: 'text', relay: null, marker: null }],
      params: new Map(),
      outputs: [],
      relays: [],
      createdAt: nowOf(stage),
      ...wanted,
    }),
  );
}

/** Quoted by `prepay` and really paid. */
async function bookPaidSale(
  stage: BuyingStage,
  { ledger, signer, wallet }: ProviderContext,
  request: NostrEvent,
): Promise<Sale> {
  if (wallet === null) throw new Error('A debtor has a wallet.');
  const { sales } = ledger;
  const wish = { amountMsat: PAID_MSAT, description: 'a job', expirySeconds: 600 };
  const { bolt11, paymentHash } = orThrow(await wallet.makeInvoice(wish));
  if (bolt11 === null) throw new Error('The wallet did not show its invoice.');
  orThrow(await stage.wallet().pay({ bolt11, feeLimitMsat: msat(5000n) }));
  const now = nowOf(stage);
  const { sale } = await sales.open({ providerPubkey: signer.pubkey, serviceId: 'echo', request });
  const terms = { validUntil: now + 300, usualSeconds: 1, worstSeconds: 10 };
  const quote = { amountMsat: PAID_MSAT, ...terms, paymentHash, preimage: null, bolt11 };
  const quoted = await sales.change(sale, { work: 'accepted', money: 'quoted', exchange: 'prepay', quote });
  const receipts = [{ paymentHash, via: 'invoice' as const, amountMsat: PAID_MSAT, receivedAt: now }];
  return orThrow(await sales.change(orThrow(quoted), { money: 'settled', receipts }));
}

/** An invoice of the customer's wallet over exactly what it paid, unless told otherwise. */
export async function refundInvoice(
  wallet: Wallet,
  told: { readonly amountMsat?: bigint; readonly expirySeconds?: number } = {},
): Promise<string> {
  const { amountMsat = PAID_MSAT, expirySeconds = 600 } = told;
  const wish = { amountMsat: msat(amountMsat), description: 'a refund', expirySeconds };
  const made = orThrow(await wallet.makeInvoice(wish));
  if (made.bolt11 === null) throw new Error('The wallet did not show its invoice.');
  return made.bolt11;
}

/** Claims as a gift wrap that travels to the debtor, sent by the customer itself unless told otherwise. */
export async function claim(
  debtor: Debtor,
  debt: Debt,
  bolt11: string,
  by: Signer = debt.customer,
): Promise<Outcome<Sale>> {
  const { signer, now } = debtor.context;
  const draft = {
    type: 'refund-claim',
    bolt11,
    requestId: debt.request.id,
    text: '',
    createdAt: now(),
  } as const;
  const wrap = orThrow(await wrapJobMessage(draft, wrapFor(signer.pubkey, by, now())));
  const message = orThrow(await openJobMessage(wrap, signer));
  return takeClaim(debtor.context, message as RefundClaim);
}

/** What the roles can spend, for showing that money moved once or not at all. */
export async function balanceOf(stage: BuyingStage, role: string): Promise<bigint> {
  return orThrow(await stage.bank.wallet(role).balance()).spendableMsat;
}
