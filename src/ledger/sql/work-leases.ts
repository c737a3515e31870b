import { failure, success, type Outcome } from '../../protocol/index.ts';
import type { Sale, SalesLedger } from '../sales.ts';
import type { Books, Entry } from './books.ts';
import { saleOf } from './sale-rows.ts';

/** Leases the oldest waiting work, and work whose worker fell silent, to `owner`. */
export async function claimWork(
  books: Books,
  { trx, moved }: Entry,
  { providerPubkey, serviceIds, owner, leaseSeconds, limit }: Parameters<SalesLedger['claimWork']>[0],
): Promise<Sale[]> {
  if (serviceIds.length === 0) return [];
  const now = books.now();
  const oldest = trx
    .selectFrom('sales')
    .select(['request_id', 'opened_at'])
    .where('provider_pubkey', '=', providerPubkey)
    .where('service_id', 'in', serviceIds)
    .orderBy('opened_at')
    .orderBy('request_id')
    .limit(limit)
    .forUpdate()
    .skipLocked();
  const waiting = await oldest.where('queue', '=', 'waiting').execute();
  const abandoned = await oldest
    .where('queue', '=', 'working')
    .where('lease_expires_at', '<=', BigInt(now))
    .execute();
  const requestIds = [...waiting, ...abandoned]
    .toSorted(byAge)
    .slice(0, limit)
    .map((sale) => sale.request_id);
  if (requestIds.length === 0) return [];
  const claimed = await trx
    .updateTable('sales')
    .set((sale) => ({
      work: 'working',
      lease_owner: owner,
      lease_fence: sale('lease_fence', '+', 1n),
      lease_expires_at: now + leaseSeconds,
      attempts: sale('attempts', '+', 1n),
      updated_at: now,
      version: sale('version', '+', 1n),
    }))
    .where('provider_pubkey', '=', providerPubkey)
    .where('request_id', 'in', requestIds)
    .returningAll()
    .execute();
  moved('sale.work.working');
  return claimed.toSorted(byAge).map(saleOf);
}

/** The order of the queue, as SQL's `ORDER BY opened_at, request_id` has it. */
function byAge(
  one: { opened_at: bigint; request_id: string },
  other: { opened_at: bigint; request_id: string },
): number {
  return Number(one.opened_at - other.opened_at) || (one.request_id < other.request_id ? -1 : 1);
}

/** Extends a lease that nobody took over. */
export async function renewLease(
  books: Books,
  { trx, moved }: Entry,
  seen: Sale,
  leaseSeconds: number,
): Promise<Outcome<Sale, 'lease-lost'>> {
  const now = books.now();
  const renewed = await trx
    .updateTable('sales')
    .set((sale) => ({
      lease_expires_at: now + leaseSeconds,
      updated_at: now,
      version: sale('version', '+', 1n),
    }))
    .where('provider_pubkey', '=', seen.providerPubkey)
    .where('request_id', '=', seen.requestId)
    .where('work', '=', 'working')
    .where('lease_fence', '=', BigInt(seen.lease?.fence ?? -1))
    .returningAll()
    .executeTakeFirst();
  if (renewed === undefined)
    return failure('lease-lost', 'The sale is no longer leased to this worker; stop working on it.');
  moved('sale.renewed');
  return success(saleOf(renewed));
}

/** Ends a lease early, as if the work had not been tried. */
export async function returnWork(books: Books, { trx, moved }: Entry, seen: Sale): Promise<void> {
  const now = books.now();
  const returned = await trx
    .updateTable('sales')
    .set((sale) => ({
      lease_expires_at: now,
      attempts: sale('attempts', '-', 1n),
      updated_at: now,
      version: sale('version', '+', 1n),
    }))
    .where('provider_pubkey', '=', seen.providerPubkey)
    .where('request_id', '=', seen.requestId)
    .where('work', '=', 'working')
    .where('lease_fence', '=', BigInt(seen.lease?.fence ?? -1))
    .returning('request_id')
    .executeTakeFirst();
  if (returned !== undefined) moved('sale.noted');
}
