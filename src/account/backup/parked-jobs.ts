import type { EcashWallet } from '../../ecash/index.ts';
import type { Ledger, OutgoingPayment, Purchase, Sale } from '../../ledger/index.ts';
import {
  findTag,
  FIRST_DRAFT_RESULT_KIND,
  orThrow,
  resultKindOf,
  type NostrEvent,
} from '../../protocol/index.ts';
import type { RelayPool } from '../../relays/index.ts';
import { paymentKey } from '../ecash-journal.ts';
import { openSales } from '../pages.ts';
import { EXPLANATIONS, type DifferenceCode, type Finding } from '../reconcile/difference.ts';

/** Whose open jobs are looked at after a restore, and where the machine that made the backup may have told of them. */
export interface ParkJobsOptions {
  readonly ledger: Ledger;
  readonly ecash: EcashWallet | null;
  readonly pubkey: string;
  readonly relays: Pick<RelayPool, 'query'>;
  readonly relayUrls: readonly string[];
  /** Told of each job that is parked. */
  readonly onFinding: (finding: Finding) => void;
  readonly signal: AbortSignal;
}

/** Asked about at once. */
const BATCH = 50;
const FEEDBACK_KIND = 7000;
/** Work that would be begun, or gone on with. */
const UNFINISHED: ReadonlySet<Sale['work']> = new Set(['accepted', 'working', 'ready']);

/**
 * Ends the jobs that were open when the backup was made and of which our own results or errors stand on our relays
 * that the backup does not know: they are not worked on again. Money that was received for them is owed until
 * `parkRefunds` leaves it to a person; money that locks goes back by itself where it was not taken. What no relay
 * shows any more is not found.
 */
export async function parkEndedSales(options: ParkJobsOptions): Promise<void> {
  let batch: Sale[] = [];
  for await (const sale of openSales(options.ledger, options.pubkey)) {
    if (!UNFINISHED.has(sale.work)) continue;
    batch.push(sale);
    if (batch.length < BATCH) continue;
    await parkEnded(options, batch);
    batch = [];
  }
  await parkEnded(options, batch);
}

async function parkEnded(options: ParkJobsOptions, sales: readonly Sale[]): Promise<void> {
  if (sales.length === 0) return;
  const { ledger, relays, relayUrls, pubkey, signal, onFinding } = options;
  const filter = { authors: [pubkey], '#e': sales.map(({ requestId }) => requestId) };
  const said = await relays.query(relayUrls, [filter], { signal });
  for (const sale of sales) {
    const ends = said.filter((event) => endsJob(event, sale));
    const unknown = await Promise.all(ends.map(async ({ id }) => (await ledger.outbox.get(id)) === null));
    if (!unknown.includes(true)) continue;
    const failure = { code: 'ended-elsewhere', message: EXPLANATIONS['ended-elsewhere'] };
    const money = sale.money === 'settled' ? ({ money: 'refund-due' } as const) : {};
    orThrow(await ledger.sales.change(sale, { work: 'failed', failure, ...money }));
    onFinding(findingOf('ended-elsewhere', 'sale', sale.requestId, sale.quote));
  }
}

function endsJob(event: NostrEvent, { requestId, request }: Sale): boolean {
  if (!event.tags.some(([name, value]) => name === 'e' && value === requestId)) return false;
  if (event.kind === FEEDBACK_KIND) return findTag(event, 'status')?.[1] === 'error';
  return event.kind === FIRST_DRAFT_RESULT_KIND || event.kind === resultKindOf(request.kind);
}

/**
 * Sets aside the payments in ecash that were reserved and not given when the backup was made: the machine that made
 * it may have given them since, and ecash is not paid by its hash only once. They are followed at their mints, and
 * never given by these books.
 */
export async function parkEcashPayments(options: ParkJobsOptions): Promise<void> {
  const { ledger, pubkey, onFinding } = options;
  for (const purchase of await ledger.purchases.listOpen(pubkey))
    for (const payment of await ledger.purchases.payments(purchase.requestId)) {
      if (!(await mayBeGivenTwice(options, payment))) continue;
      orThrow(await ledger.purchases.change(purchase, parkedChange(purchase)));
      onFinding(findingOf('payment-parked', 'payment', purchase.requestId, payment));
      break; // one payment of a purchase is under way at most
    }
}

async function mayBeGivenTwice({ ecash }: ParkJobsOptions, payment: OutgoingPayment): Promise<boolean> {
  if (payment.bolt11 !== null || payment.state !== 'reserved') return false;
  const given = await ecash?.movement({ kind: 'send', key: paymentKey(payment) });
  return given === null || given === undefined || given.state === 'failed';
}

function parkedChange({ state }: Purchase) {
  if (state !== 'paying') return { state, payment: 'in-flight' } as const;
  const failure = { code: 'unreconciled', message: EXPLANATIONS['payment-parked'] };
  return { state: 'unreconciled', payment: 'in-flight', failure } as const;
}

function findingOf(
  code: DifferenceCode,
  subject: Finding['subject'],
  requestId: string,
  money: (Pick<OutgoingPayment, 'amountMsat'> & { readonly paymentHash: string | null }) | null,
): Finding {
  return {
    code,
    subject,
    requestId,
    paymentHash: money?.paymentHash ?? '',
    amountMsat: money?.amountMsat ?? null,
    standing: 'serious',
    explanation: EXPLANATIONS[code],
  };
}
