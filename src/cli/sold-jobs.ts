import type { Sale } from '../ledger/index.ts';
import { findSale, saleFacts, wholeSale, type FoundSale } from '../operations/index.ts';
import { formatSats, msat, success, ZERO_MSAT, type Msat, type Outcome } from '../protocol/index.ts';
import { refundSale, retrySale, type SaleOperator } from '../provider/index.ts';
import { formatAge } from './age.ts';
import { confirm } from './confirm.ts';
import type { Output } from './output.ts';
import { sellersOf, type SellingAccount } from './sellers.ts';

const COLUMNS = ['job', 'service', 'work', 'money', 'sats', 'customer', 'age', 'why'];
const SHORT_ID = 12;

/** `coinop jobs --selling`: sales in these books, newest first. */
export async function listSold(
  account: SellingAccount,
  flags: { readonly open: boolean; readonly limit: number },
  output: Output,
): Promise<Outcome<void>> {
  const { ledger, now } = account;
  const sellers = await sellersOf(account);
  if (!sellers.ok) return sellers;
  const sales = flags.open
    ? await latestOpen(sellers.value, flags.limit)
    : await ledger.sales.listRecent({ limit: flags.limit });
  if (sales.length === 0) output.note(flags.open ? 'Nothing is open.' : 'Nothing was sold yet.');
  else
    output.rows(
      COLUMNS,
      sales.map((sale) => (output.json ? saleFacts(sale) : rowOf(sale, now()))),
    );
  return success(undefined);
}

/** `coinop jobs show`: all that the books know of one sale. */
export async function showSold(job: string, account: SellingAccount, output: Output): Promise<Outcome<void>> {
  const found = await findSold(account, job);
  if (!found.ok) return found;
  const { timeline, ...facts } = await wholeSale(account.ledger, found.value.sale);
  if (output.json) {
    output.facts({ ...facts, timeline });
    return success(undefined);
  }
  output.facts(facts);
  output.rows(
    ['at', 'what', 'sats'],
    timeline.map(({ at, what, amountMsat }) => ({
      at: new Date(at * 1000).toISOString(),
      what,
      sats: amountMsat === undefined ? '' : Number(amountMsat) / 1000,
    })),
  );
  const { money, owedMsat } = facts;
  if (money === 'settled' && owedMsat > 0n && isDelivered(facts.work))
    output.note(
      `${formatSats(msat(owedMsat))} came on top of the price and are the customer's: ` +
        `\`coinop jobs refund ${facts.requestId.slice(0, SHORT_ID)} --amount ${(owedMsat + 999n) / 1000n}\` gives them back.`,
    );
  return success(undefined);
}

function isDelivered(work: Sale['work']): boolean {
  return work === 'delivered' || work === 'closed';
}

/** `coinop jobs retry`. Fails as `findSale`, `retrySale`, or with `confirmation-missing` or `not-confirmed`. */
export async function retrySold(
  { job, yes }: { readonly job: string; readonly yes: boolean },
  account: SellingAccount,
  output: Output,
  signal: AbortSignal,
): Promise<Outcome<void>> {
  const found = await findSold(account, job);
  if (!found.ok) return found;
  const { sale } = found.value;
  const question = `Do job ${sale.requestId.slice(0, SHORT_ID)} again, which ${sale.work}?`;
  const agreed = await confirm({ question, yes, signal });
  if (!agreed.ok) return agreed;
  const retried = await retrySale(found.value.operator, sale.requestId);
  if (!retried.ok) return retried;
  output.facts(saleFacts(retried.value));
  output.note('It waits for a worker: a running `coinop serve` begins within seconds, or the next one does.');
  return success(undefined);
}

/** `coinop jobs refund`. Fails as `findSale`, `refundSale`, or with `confirmation-missing` or `not-confirmed`. */
export async function refundSold(
  { job, yes, amountMsat }: { readonly job: string; readonly yes: boolean; readonly amountMsat: Msat | null },
  account: SellingAccount,
  output: Output,
  signal: AbortSignal,
): Promise<Outcome<void>> {
  const found = await findSold(account, job);
  if (!found.ok) return found;
  const { sale } = found.value;
  const receipts = await account.ledger.sales.receipts(sale);
  const received = msat(receipts.reduce<bigint>((sum, receipt) => sum + receipt.amountMsat, 0n));
  const isDrawn = sale.exchange === 'balance' && sale.money === 'settled';
  const came = isDrawn ? (sale.quote?.amountMsat ?? ZERO_MSAT) : received;
  const how = isDrawn ? 'was drawn' : 'came';
  const what = amountMsat === null ? `all of the ${formatSats(came)} that ${how}` : formatSats(amountMsat);
  const question = `Give back ${what} for job ${sale.requestId.slice(0, SHORT_ID)}, which is ${sale.work}?`;
  const agreed = await confirm({ question, yes, signal });
  if (!agreed.ok) return agreed;
  const refunded = await refundSale(found.value.operator, { requestId: sale.requestId, amountMsat });
  if (!refunded.ok) return refunded;
  output.facts(saleFacts(refunded.value));
  if (refunded.value.money === 'settled') output.note('It is in the balance of its customer again.');
  else
    output.note(
      'It is booked as owed: a running `coinop serve` pays it within seconds, or the next one does, once.',
    );
  return success(undefined);
}

/** Open sales come oldest first, seller by seller: the latest of them all are kept. */
async function latestOpen(sellers: readonly SaleOperator[], limit: number): Promise<readonly Sale[]> {
  let kept: readonly Sale[] = [];
  for (const { ledger, signer } of sellers)
    for (let after: Sale | undefined; ;) {
      const page = await ledger.sales.listOpen({
        providerPubkey: signer.pubkey,
        limit: PAGE,
        ...(after === undefined ? {} : { after }),
      });
      kept = [...kept, ...page].toSorted((one, other) => other.openedAt - one.openedAt).slice(0, limit);
      after = page.at(-1);
      if (page.length < PAGE) break;
    }
  return kept;
}

const PAGE = 500;

async function findSold(account: SellingAccount, job: string): Promise<Outcome<FoundSale>> {
  const sellers = await sellersOf(account);
  return sellers.ok ? findSale(sellers.value, job) : sellers;
}

function rowOf(sale: Sale, now: number): Readonly<Record<string, unknown>> {
  return {
    job: sale.requestId.slice(0, SHORT_ID),
    service: sale.serviceId,
    work: sale.work,
    money: sale.money,
    sats: sale.quote === null ? '' : Number(sale.quote.amountMsat) / 1000,
    customer: sale.customerPubkey.slice(0, SHORT_ID),
    age: formatAge(now - sale.openedAt),
    why: sale.failure?.code ?? '',
  };
}
