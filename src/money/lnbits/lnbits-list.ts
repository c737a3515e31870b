import { failure, success } from '../../protocol/index.ts';
import { asJsonObject, type JsonObject } from '../nwc-protocol.ts';
import type { PaymentRecord, Wallet, WalletOutcome } from '../wallet.ts';
import type { ServerRequest } from '../wallet-server.ts';
import { readLnbitsPayment } from './lnbits-records.ts';

const PAGE_SIZE = 100;
const DEFAULT_LIMIT = 100;
/** Bounds what one call can make us fetch. */
const MAX_LIMIT = 1_000;

/** Lists LNbits' payments of any state, newest first. */
export async function listLnbits(
  call: (request: ServerRequest) => Promise<WalletOutcome<JsonObject>>,
  query: Parameters<Wallet['list']>[0],
  now: number,
): Promise<WalletOutcome<PaymentRecord[]>> {
  const limit = Math.min(Math.max(Math.floor(query.limit ?? DEFAULT_LIMIT), 0), MAX_LIMIT);
  const from = Math.ceil(query.from ?? 0);
  const until = Math.floor(query.until ?? Number.MAX_SAFE_INTEGER);
  const parameters = new URLSearchParams({ sortby: 'time', direction: 'desc', limit: String(PAGE_SIZE) });
  if (query.from !== undefined) parameters.set('time[ge]', String(from));
  if (query.until !== undefined) parameters.set('time[lt]', String(until + 1));
  if (query.direction !== undefined)
    parameters.set(query.direction === 'incoming' ? 'amount[gt]' : 'amount[lt]', '0');
  const records: PaymentRecord[] = [];
  for (let offset = 0; records.length < limit; offset += PAGE_SIZE) {
    parameters.set('offset', String(offset));
    const page = await call({ path: `/api/v1/payments/paginated?${parameters.toString()}` });
    if (!page.ok) return page;
    const { data } = page.value;
    if (!Array.isArray(data)) return senseless();
    for (const entry of data.map(asJsonObject)) {
      const record = entry === null ? null : readLnbitsPayment(entry, now);
      if (record === null) return senseless();
      // LNbits leaves out a filter that it does not understand.
      const isWanted = query.direction === undefined || record.direction === query.direction;
      if (isWanted && record.createdAt >= from && record.createdAt <= until) records.push(record);
    }
    if (data.length < PAGE_SIZE || offset >= MAX_LIMIT) break;
  }
  return success(records.toSorted((left, right) => right.createdAt - left.createdAt).slice(0, limit));
}

function senseless(): WalletOutcome<never> {
  return failure('wallet-internal', 'LNbits’ list of payments makes no sense: check its version.');
}
