import { failure, success } from '../../protocol/index.ts';
import type { JsonObject } from '../nwc-protocol.ts';
import type { PaymentRecord, Wallet, WalletOutcome } from '../wallet.ts';
import type { ServerWait } from '../wallet-server.ts';
import type { LndApi } from './lnd-api.ts';
import { objects, readCount, readInvoice, readPayment } from './lnd-records.ts';

type ListQuery = Parameters<Wallet['list']>[0];

/** LND's lists, which page backwards from the newest entry by an index, oldest first within a page. */
interface LndList {
  readonly path: string;
  readonly entries: 'invoices' | 'payments';
  readonly pageSize: string;
  readonly read: (entry: JsonObject, now: number) => PaymentRecord | null;
}

const LISTS: Readonly<Record<PaymentRecord['direction'], LndList>> = {
  incoming: {
    path: '/v1/invoices?reversed=true',
    entries: 'invoices',
    pageSize: 'num_max_invoices',
    read: readInvoice,
  },
  outgoing: {
    path: '/v1/payments?reversed=true&include_incomplete=true&omit_hops=true',
    entries: 'payments',
    pageSize: 'max_payments',
    read: readPayment,
  },
};
const PAGE_SIZE = 100;
const DEFAULT_LIMIT = 100;
/** Bounds what one call can make us fetch. */
const MAX_LIMIT = 1_000;

/** Lists LND's invoices and payments as one, newest first. Each call's wait is for one page. */
export async function listLnd(
  api: LndApi,
  query: ListQuery,
  now: number,
  wait: ServerWait,
): Promise<WalletOutcome<PaymentRecord[]>> {
  const limit = Math.min(Math.max(Math.floor(query.limit ?? DEFAULT_LIMIT), 0), MAX_LIMIT);
  const span = {
    from: Math.ceil(query.from ?? 0),
    until: Math.floor(query.until ?? Number.MAX_SAFE_INTEGER),
  };
  if (limit === 0 || span.from > span.until) return success([]);
  const records: PaymentRecord[] = [];
  for (const direction of query.direction === undefined ? DIRECTIONS : [query.direction]) {
    const listed = await listOne(api, LISTS[direction], { ...span, limit }, now, wait);
    if (!listed.ok) return listed;
    records.push(...listed.value);
  }
  return success(records.toSorted((left, right) => right.createdAt - left.createdAt).slice(0, limit));
}

const DIRECTIONS = ['incoming', 'outgoing'] as const;

async function listOne(
  api: LndApi,
  list: LndList,
  span: { readonly from: number; readonly until: number; readonly limit: number },
  now: number,
  wait: ServerWait,
): Promise<WalletOutcome<PaymentRecord[]>> {
  const records: PaymentRecord[] = [];
  // LND refuses an end that is not after the start, so the end is one second late and checked here.
  const dates =
    span.until === Number.MAX_SAFE_INTEGER
      ? `creation_date_start=${span.from}`
      : `creation_date_start=${span.from}&creation_date_end=${span.until + 1}`;
  for (let before = 0; records.length < span.limit;) {
    const path = `${list.path}&${list.pageSize}=${PAGE_SIZE}&index_offset=${before}&${dates}`;
    const page = await api.call({ path }, wait);
    if (!page.ok) return page;
    const entries = objects(page.value[list.entries]);
    const read = entries.map((entry) => list.read(entry, now));
    for (const record of read.toReversed()) {
      if (record === null)
        return failure('wallet-internal', `LND’s list of ${list.entries} makes no sense: check its version.`);
      if (record.createdAt <= span.until) records.push(record);
    }
    const first = readCount(page.value['first_index_offset']) ?? 0;
    const isLast = entries.length < PAGE_SIZE || first === 0 || (before !== 0 && first >= before);
    if (isLast) break;
    before = first;
  }
  return success(records.slice(0, span.limit));
}
