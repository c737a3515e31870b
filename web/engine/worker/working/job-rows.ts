import type { Sale } from '../../../../src/ledger/index.ts';
import {
  msat,
  parseJobRequest,
  readFollowUp,
  ZERO_MSAT,
  type JobRequest,
} from '../../../../src/protocol/index.ts';
import type { AskedFile, AskedJob, EarningsRow, JobRow } from '../../work-contract.ts';

/** How much of a request stands in a list. */
const MAX_ABOUT_CHARS = 160;
/** Inputs and parameters that are shown, and how much of each value. */
const MAX_ITEMS = 64;
const MAX_VALUE_CHARS = 100_000;

/** A sale as a line of a list; `asked` is its request where it could be read. */
export function rowOf(
  sale: Sale,
  asked: AskedJob | null,
  { unread, troubled }: Pick<JobRow, 'unread' | 'troubled'>,
): JobRow {
  const sealed = parseJobRequest(sale.request);
  const isOffer = sale.money === 'quoted' && sale.work === 'accepted';
  return {
    requestId: sale.requestId,
    kind: sale.request.kind,
    about: wordsOf(asked).replace(/\s+/g, ' ').trim().slice(0, MAX_ABOUT_CHARS),
    customerPubkey: sale.customerPubkey,
    work: sale.work,
    money: sale.money,
    amountMsat: sale.quote?.amountMsat ?? asked?.bidMsat ?? null,
    dueAt: isOffer ? (sale.quote?.validUntil ?? null) : (sale.deadlineAt ?? asked?.expiresAt ?? null),
    askedAt: sale.request.created_at,
    encrypted: sealed.ok && sealed.value.encrypted,
    followUp: readFollowUp(sale.request.tags),
    unread,
    troubled,
  };
}

/** What is asked for in words; a further step of a job names the result before it first. */
function wordsOf(asked: AskedJob | null): string {
  const [first] = asked?.inputs.filter(({ type }) => type !== 'job') ?? [];
  return (first?.file == null ? first?.data : first.file.mediaType) ?? '';
}

const cut = (text: string) => text.slice(0, MAX_VALUE_CHARS);

function fileAt({ files }: JobRequest, url: string): AskedFile | null {
  const file = files.find((each) => each.url === url);
  if (file === undefined) return null;
  return { mediaType: file.mediaType, sizeBytes: file.size, encrypted: file.encryption !== null };
}

/** What a request asks for, bounded for a page. */
export function askedOf(request: JobRequest): AskedJob {
  const written =
    request.inputs.length > 0 ? request.inputs : [{ type: 'text', data: request.content, marker: null }];
  return {
    inputs: written.slice(0, MAX_ITEMS).map(({ type, data, marker }) => ({
      type,
      data: cut(data),
      marker,
      file: fileAt(request, data),
    })),
    params: [...request.params].slice(0, MAX_ITEMS).map(([name, values]) => ({
      name: cut(name),
      values: values.slice(0, MAX_ITEMS).map(cut),
    })),
    outputs: request.outputs.slice(0, MAX_ITEMS),
    bidMsat: request.bid?.msat ?? null,
    exchanges: request.exchanges,
    mints: request.mints,
    expiresAt: request.expiresAt,
  };
}

/** A sale as a line of the books. */
export function earningsOf(sale: Sale): EarningsRow {
  return {
    requestId: sale.requestId,
    skillId: sale.serviceId,
    kind: sale.request.kind,
    customerPubkey: sale.customerPubkey,
    askedAt: sale.request.created_at,
    endedAt: sale.updatedAt,
    work: sale.work,
    money: sale.money,
    exchange: sale.exchange,
    amountMsat: earnedMsat(sale),
  };
}

/**
 * What a sale brought: the price of what was delivered and paid, less what was given back of it. Whatever else goes back
 * for delivered work came on top of its price.
 */
export function earnedMsat({
  money,
  work,
  quote,
  goodwill,
}: Pick<Sale, 'money' | 'work' | 'quote' | 'goodwill'>): EarningsRow['amountMsat'] {
  const isEarned = PAID.has(money) && (work === 'closed' || work === 'delivered');
  const price = isEarned ? (quote?.amountMsat ?? ZERO_MSAT) : ZERO_MSAT;
  const given = goodwill?.amountMsat ?? ZERO_MSAT;
  return price > given ? msat(price - given) : ZERO_MSAT;
}

/** All of the price has come, in these states of the money of delivered work. */
const PAID: ReadonlySet<Sale['money']> = new Set([
  'settled',
  'refund-due',
  'refunding',
  'refunded',
  'unclaimed',
]);
