import { reconcile, totalBooks, type Account, type BookedItem } from '../../src/account/index.ts';
import {
  trialBalance,
  type JournalAccount,
  type OutgoingPayment,
  type Purchase,
  type Sale,
  type SaleReceipt,
} from '../../src/ledger/index.ts';
import { orThrow, type NostrEvent } from '../../src/protocol/index.ts';
import { openPartAccount } from './own-account.ts';
import { KINDS, PRICE_SATS } from './sold.ts';
import type { ChaosStage } from './stage.ts';

/** What became of everything. */
export interface ChaosAudit {
  /** Every broken promise in a sentence; empty when all were kept. */
  readonly problems: readonly string[];
  /** Jobs by mode and what became of purchase and sale, as `hold: received, paid | closed settled`. */
  readonly ends: Readonly<Record<string, number>>;
  /** Paid jobs by what their customer has for its money. */
  readonly paid: Readonly<Record<PaidEnd, number>>;
}

type PaidEnd = 'delivered' | 'refunded' | 'unclaimed';

/** A job as both sides' books, and the relay, have it. */
interface AuditedJob {
  readonly customer: string;
  readonly purchase: Purchase;
  readonly payments: readonly OutgoingPayment[];
  readonly sale: Sale | null;
  readonly receipts: readonly SaleReceipt[];
  /** Ids of the results on the relay. */
  readonly results: ReadonlySet<string>;
}

const PRICE_MSAT = BigInt(PRICE_SATS) * 1000n;
/** What is said of the money of a sale when none of it was taken. */
export const UNTAKEN: ReadonlySet<string> = new Set(['none', 'lapsed', 'released']);

/** How long the books of one owner are compared with its wallet, which shows twenty payments at a time. */
const COMPARE_MS = { atLeast: 120_000, perJob: 500 };

const GIVEN_BACK = new Set(['refunded', 'released']);

/** Compares the books of a market at rest, in which only the bank runs, with each other, the wallets, and the relay. */
export async function auditChaos(
  stage: ChaosStage,
  before: ReadonlyMap<string, bigint>,
): Promise<ChaosAudit> {
  const problems: string[] = [];
  const opened = new Map<string, Account>();
  try {
    for (const [role, { dir, env }] of stage.accounts)
      opened.set(role, await openPartAccount(dir, stage.relayUrl, env));
    const jobs = await jobsOf(stage, opened);
    const totals = new Map<string, ReadonlyMap<JournalAccount, bigint>>();
    for (const [role, account] of opened) {
      const onItem = ({ type, id, state, journal }: BookedItem) => {
        const feesMsat = trialBalance(journal).get('routing-fees') ?? 0n;
        if (feesMsat !== 0n)
          problems.push(`${role} booked fees of ${feesMsat} msat: ${type} ${id}, ${state}`);
      };
      totals.set(role, await totalBooks({ ...account, pubkey: account.signer.pubkey }, onItem));
      problems.push(...(await findingsOf(role, account, jobs)));
    }
    problems.push(...moneyProblems(totals, { before, after: await stage.balances(), jobs }));
    const paid = { delivered: 0, refunded: 0, unclaimed: 0 };
    const ends: Record<string, number> = {};
    for (const job of jobs) {
      problems.push(...jobProblems(job, (end) => (paid[end] += 1)));
      const end = endOf(job);
      ends[end] = (ends[end] ?? 0) + 1;
    }
    return { problems, paid, ends };
  } finally {
    for (const account of opened.values()) await account.close();
  }
}

/** What `coinop reconcile` would find. */
async function findingsOf(
  role: string,
  { ledger, wallet, ecash, signer, now }: Account,
  jobs: readonly AuditedJob[],
): Promise<readonly string[]> {
  const waiting = new Set(jobs.filter(isLockedForNothing).map(({ purchase }) => purchase.requestId));
  if (wallet === null) throw new Error(`${role} has no wallet`);
  const found: string[] = [];
  orThrow(
    await reconcile({
      ledger,
      wallet,
      ecash,
      pubkey: signer.pubkey,
      now,
      dryRun: true,
      since: 0,
      onFinding({ code, standing, subject, requestId, paymentHash, amountMsat }) {
        if (code === 'lock-still-out' && waiting.has(requestId ?? '')) return;
        const about = `${subject}, job ${requestId?.slice(0, 8)}, payment ${paymentHash.slice(0, 8)}`;
        found.push(`${role}: ${standing} ${code} (${about}, ${amountMsat} msat)`);
      },
      signal: AbortSignal.timeout(COMPARE_MS.atLeast + COMPARE_MS.perJob * jobs.length),
    }),
  );
  return found;
}

/** To the millisat: each wallet against its books, the books against each other, and all money against all money. */
function moneyProblems(
  totals: ReadonlyMap<string, ReadonlyMap<JournalAccount, bigint>>,
  {
    before,
    after,
    jobs,
  }: {
    readonly before: ReadonlyMap<string, bigint>;
    readonly after: ReadonlyMap<string, bigint>;
    readonly jobs: readonly AuditedJob[];
  },
): readonly string[] {
  const problems: string[] = [];
  const expect = (what: string, is: bigint, should: bigint) => {
    if (is !== should) problems.push(`${what} is ${is} msat and should be ${should}`);
  };
  const sumOf = (amounts: Iterable<bigint>) => [...amounts].reduce((sum, amount) => sum + amount, 0n);
  const everywhere = (account: JournalAccount) =>
    sumOf([...totals.values()].map((each) => each.get(account) ?? 0n));
  for (const [role, books] of totals) {
    const of = (account: JournalAccount) => books.get(account) ?? 0n;
    expect(`the trial balance of ${role}`, sumOf(books.values()), 0n);
    expect(
      `the wallet of ${role} in its books`,
      of('wallet'),
      (after.get(role) ?? 0n) - (before.get(role) ?? 0n),
    );
    for (const account of ['held', 'unexplained'] as const) expect(`${account} of ${role}`, of(account), 0n);
    const locked = jobs.filter((job) => job.customer === role && isLockedForNothing(job));
    const lockedMsat = sumOf(
      locked
        .flatMap(({ payments }) => payments.filter(isUnended))
        .map((each) => each.amountMsat + each.feeLimitMsat),
    );
    expect(`what is on its way from ${role}`, of('on-its-way'), lockedMsat);
  }
  expect(
    'what was earned and what was paid for work',
    everywhere('earned') + everywhere('paid-for-work'),
    0n,
  );
  const owedMsat = everywhere('owed-to-customers') + everywhere('prepaid');
  expect('what is owed and what was advanced', owedMsat + everywhere('advanced'), 0n);
  expect('all money', sumOf(after.values()) + everywhere('routing-fees'), sumOf(before.values()));
  return problems;
}

async function jobsOf(
  { relays, relayUrl, providerPubkey }: ChaosStage,
  opened: ReadonlyMap<string, Account>,
): Promise<readonly AuditedJob[]> {
  const provider = opened.get('provider');
  if (provider === undefined) throw new Error('There is no provider.');
  const jobs: AuditedJob[] = [];
  for (const [customer, { ledger, signer }] of opened) {
    if (customer === 'provider') continue;
    const purchases = await ledger.purchases.listRecent({ limit: 1_000_000 });
    for (const purchase of purchases.filter(({ customerPubkey }) => customerPubkey === signer.pubkey)) {
      const { requestId } = purchase;
      const sale = await provider.ledger.sales.get(providerPubkey, requestId);
      const filter = {
        kinds: [KINDS.free + 1000, KINDS.paid + 1000],
        authors: [providerPubkey],
        '#e': [requestId],
      };
      const results: NostrEvent[] = await relays.query([relayUrl], [filter]);
      jobs.push({
        customer,
        purchase,
        payments: await ledger.purchases.payments(requestId),
        sale,
        receipts: sale === null ? [] : await provider.ledger.sales.receipts(sale),
        results: new Set(results.map(({ id }) => id)),
      });
    }
  }
  return jobs;
}

/** Delivered once, paid once, and nothing paid that was neither delivered nor given back nor kept for its customer. */
function jobProblems(job: AuditedJob, onPaid: (end: PaidEnd) => void): readonly string[] {
  const { purchase, payments, sale, receipts, results } = job;
  const problems: string[] = [];
  const settled = payments.filter(({ state }) => state === 'settled');
  if (results.size > 1) problems.push(`has ${results.size} results`);
  if (settled.length > 1) problems.push('was paid twice');
  if (payments.some(isUnended) && !isLockedForNothing(job)) problems.push('has a payment without an end');
  if (purchase.state === 'unreconciled' || sale?.money === 'unreconciled') problems.push('is unreconciled');
  if (sale?.money === 'settled' && sale.work === 'closed' && settled.length === 0)
    problems.push('was earned and never paid for');
  if (sale?.money === 'settled') {
    const receivedMsat = receipts.reduce((sum, { amountMsat }) => sum + amountMsat, 0n);
    if (receivedMsat !== (isDrawn(sale) ? 0n : PRICE_MSAT)) problems.push(`brought ${receivedMsat} msat`);
  }
  if (settled.length > 0) {
    const end = paidEnd(job);
    if (end === null) problems.push('was paid, and its customer has nothing for it');
    else onPaid(end);
  }
  return problems.map((problem) => `job ${purchase.requestId.slice(0, 8)} ${problem} — ${describe(job)}`);
}

function isUnended({ state }: OutgoingPayment): boolean {
  return state === 'reserved' || state === 'in-flight';
}

/** Ecash that nobody takes: it is its customer's again when the lock ends, minutes after the job. */
function isLockedForNothing({ purchase, sale }: AuditedJob): boolean {
  const isLocked = purchase.state === 'locked' && purchase.offer?.exchange === 'ecash-htlc';
  return isLocked && (sale === null || UNTAKEN.has(sale.money));
}

/** Paid from what its customer has prepaid: nothing comes for the job itself, and what was not drawn is there still. */
function isDrawn({ exchange }: Sale): boolean {
  return exchange === 'balance';
}

/** What the customer has for a payment that is settled; `null` when it has nothing. */
function paidEnd({ purchase, sale, results }: AuditedJob): PaidEnd | null {
  const isHere = purchase.state === 'received' || purchase.state === 'reviewed';
  if (isHere && purchase.result !== null && results.has(purchase.result.id)) return 'delivered';
  const isBack = sale !== null && (GIVEN_BACK.has(sale.money) || (isDrawn(sale) && UNTAKEN.has(sale.money)));
  if (purchase.state === 'refunded' && isBack) return 'refunded';
  return sale?.money === 'unclaimed' ? 'unclaimed' : null;
}

/** In words: `hold: received, paid | closed settled`, and why where it came to nothing. */
function endOf({ purchase, sale, payments }: AuditedJob): string {
  const mode = sale?.exchange ?? purchase.offer?.exchange ?? 'no offer';
  const paid = payments.some(({ state }) => state === 'settled') ? ', paid' : '';
  const sold = sale === null ? 'no sale' : `${sale.work} ${sale.money}`;
  const because = sale?.failure == null ? '' : ` (${sale.failure.code})`;
  return `${mode}: ${purchase.state}${paid} | ${sold}${because}`;
}

function describe(job: AuditedJob): string {
  const { customer, purchase, payments, sale, results } = job;
  return JSON.stringify({
    customer,
    end: endOf(job),
    requestId: purchase.requestId,
    text: purchase.request.tags.find(([name]) => name === 'i')?.[1],
    purchaseFailure: purchase.failure?.code,
    payments: payments.map(({ paymentHash, state }) => `${paymentHash.slice(0, 8)} ${state}`),
    saleHash: sale?.quote?.paymentHash?.slice(0, 8),
    refund: sale?.refund?.via,
    results: results.size,
  });
}
