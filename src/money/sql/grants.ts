import { sql, type Kysely, type Selectable } from 'kysely';
import { msat, success, type Outcome } from '../../protocol/index.ts';
import type { SqliteStore } from '../../store/index.ts';
import { MAX_CONNECTIONS, type NwcConnections, type NwcGrant } from '../connections/contract.ts';
import {
  isInForce,
  nameTaken,
  REMEMBER_REQUESTS_SECONDS,
  tooManyConnections,
  unknownConnection,
} from '../connections/rules.ts';
import { NWC_METHODS } from '../nwc-protocol.ts';
import type { ConnectionsSchema } from './schema.ts';

/** Hands out connections and ends them over SQL. */
export function sqlGrants(
  store: SqliteStore,
): Pick<NwcConnections, 'add' | 'revoke' | 'get' | 'list' | 'isNewRequest'> {
  const read = store.kysely<ConnectionsSchema>();
  return {
    add: (grant) =>
      store.transaction<ConnectionsSchema, Awaited<ReturnType<NwcConnections['add']>>>((trx) =>
        add(trx, grant),
      ),
    revoke: (name, now) =>
      store.transaction<ConnectionsSchema, Awaited<ReturnType<NwcConnections['revoke']>>>(async (trx) => {
        const row = await trx
          .selectFrom('nwc_grants')
          .selectAll()
          .where('name', '=', name)
          .where('revoked_at', 'is', null)
          .orderBy(sql`rowid`, 'desc')
          .executeTakeFirst();
        if (row === undefined) return unknownConnection(name);
        await trx
          .updateTable('nwc_grants')
          .set({ revoked_at: now })
          .where('client_pubkey', '=', row.client_pubkey)
          .execute();
        return success({ ...readGrant(row), revokedAt: now });
      }),
    get: (clientPubkey) => grantOf(read, clientPubkey),
    list: () => allGrants(read),
    isNewRequest: (requestId, now) =>
      store.transaction<ConnectionsSchema, boolean>(async (trx) => {
        await trx
          .deleteFrom('nwc_requests')
          .where('seen_at', '<', BigInt(now - REMEMBER_REQUESTS_SECONDS))
          .execute();
        const inserted = await trx
          .insertInto('nwc_requests')
          .values({ event_id: requestId, seen_at: now })
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirst();
        return inserted.numInsertedOrUpdatedRows === 1n;
      }),
  };
}

async function add(
  trx: Kysely<ConnectionsSchema>,
  grant: NwcGrant,
): Promise<Outcome<void, 'name-taken' | 'too-many-connections'>> {
  const all = await allGrants(trx);
  if (all.some((known) => known.name === grant.name && isInForce(known, grant.createdAt)))
    return nameTaken(grant.name);
  if (all.length >= MAX_CONNECTIONS) {
    const over = all.find((known) => !isInForce(known, grant.createdAt));
    if (over === undefined) return tooManyConnections();
    await trx.deleteFrom('nwc_grants').where('client_pubkey', '=', over.clientPubkey).execute();
  }
  await trx.insertInto('nwc_grants').values(grantRow(grant)).execute();
  return success(undefined);
}

async function allGrants(db: Kysely<ConnectionsSchema>): Promise<NwcGrant[]> {
  const rows = await db
    .selectFrom('nwc_grants')
    .selectAll()
    .orderBy('created_at')
    .orderBy(sql`rowid`)
    .execute();
  return rows.map(readGrant);
}

/** The connection of a client, also one that has ended. */
export async function grantOf(db: Kysely<ConnectionsSchema>, clientPubkey: string): Promise<NwcGrant | null> {
  const row = await db
    .selectFrom('nwc_grants')
    .selectAll()
    .where('client_pubkey', '=', clientPubkey)
    .executeTakeFirst();
  return row === undefined ? null : readGrant(row);
}

function grantRow(grant: NwcGrant) {
  return {
    client_pubkey: grant.clientPubkey,
    name: grant.name,
    service_secret_key: grant.serviceSecretKey,
    scope: grant.scope,
    methods: grant.methods?.join(' ') ?? null,
    budget_msat: grant.budget?.amountMsat ?? null,
    budget_renewal: grant.budget?.renewal ?? null,
    requests_per_minute: grant.requestsPerMinute ?? null,
    expires_at: grant.expiresAt ?? null,
    created_at: grant.createdAt,
    revoked_at: grant.revokedAt ?? null,
  };
}

function readGrant(row: Selectable<ConnectionsSchema['nwc_grants']>): NwcGrant {
  const { methods, budget_msat, budget_renewal, requests_per_minute, expires_at, revoked_at } = row;
  const named = methods?.split(' ');
  return {
    name: row.name,
    clientPubkey: row.client_pubkey,
    serviceSecretKey: row.service_secret_key,
    scope: row.scope,
    ...(named === undefined ? {} : { methods: NWC_METHODS.filter((method) => named.includes(method)) }),
    ...(budget_msat === null || budget_renewal === null
      ? {}
      : { budget: { amountMsat: msat(budget_msat), renewal: budget_renewal } }),
    ...(requests_per_minute === null ? {} : { requestsPerMinute: Number(requests_per_minute) }),
    ...(expires_at === null ? {} : { expiresAt: Number(expires_at) }),
    createdAt: Number(row.created_at),
    ...(revoked_at === null ? {} : { revokedAt: Number(revoked_at) }),
  };
}
