import type { Kysely, Selectable } from 'kysely';
import { failure, success, type Outcome } from '../../protocol/index.ts';
import type { Purchase } from '../purchases.ts';
import type { Books, Entry } from './books.ts';
import type { LedgerSchema } from './schema.ts';

type KeyRow = Selectable<LedgerSchema['idempotency_keys']>;

/** What a key of that customer names. */
export function keyRow(
  db: Kysely<LedgerSchema>,
  customerPubkey: string,
  key: string,
): Promise<KeyRow | undefined> {
  return db
    .selectFrom('idempotency_keys')
    .selectAll()
    .where('customer_pubkey', '=', customerPubkey)
    .where('key', '=', key)
    .executeTakeFirst();
}

/** Gives a purchase or an order the name that a key is; a key that is taken breaks the transaction. */
export async function nameByKey(
  books: Books,
  { trx }: Entry,
  named: {
    readonly pubkey: string;
    readonly key: string;
    readonly fingerprint: string;
    readonly requestId?: string;
    readonly orderId?: string;
  },
): Promise<void> {
  await trx
    .insertInto('idempotency_keys')
    .values({
      customer_pubkey: named.pubkey,
      key: named.key,
      request_id: named.requestId ?? null,
      order_id: named.orderId ?? null,
      fingerprint: named.fingerprint,
      created_at: books.now(),
    })
    .execute();
}

/**
 * Gives a purchase one more name for the approval of one of its offers. A key that named this purchase before, by its
 * wish or by the same approval, is fine; but it approves one offer, whatever became of that.
 */
export async function nameApproval(
  books: Books,
  entry: Entry,
  { customerPubkey: pubkey, requestId }: Pick<Purchase, 'customerPubkey' | 'requestId'>,
  { key, offerId }: { readonly key: string; readonly offerId: string },
): Promise<Outcome<void, 'key-used'>> {
  const fingerprint = `${APPROVAL}${offerId}`;
  await entry.inTurn(pubkey);
  const named = await keyRow(entry.trx, pubkey, key);
  if (named === undefined) {
    await nameByKey(books, entry, { pubkey, key, fingerprint, requestId });
    return success(undefined);
  }
  const isApproval = named.fingerprint.startsWith(APPROVAL);
  const isOther = isApproval
    ? named.fingerprint !== fingerprint
    : named.approved_offer_id !== null && named.approved_offer_id !== offerId;
  if (named.request_id !== requestId || isOther) return keyUsed(named);
  if (!isApproval && named.approved_offer_id === null)
    await entry.trx
      .updateTable('idempotency_keys')
      .set({ approved_offer_id: offerId })
      .where('customer_pubkey', '=', pubkey)
      .where('key', '=', key)
      .execute();
  return success(undefined);
}

const APPROVAL = 'approve ';

/** The key names something else already. */
export function keyUsed({ request_id: requestId, order_id: orderId }: KeyRow) {
  return failure(
    'key-used',
    'This idempotency key names something else already; take a fresh one for each wish and each approval.',
    requestId === null ? { orderId } : { requestId },
  );
}
