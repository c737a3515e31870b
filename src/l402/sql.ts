/** Credentials in a SQLite file: a door of its own, for servers. */
import { sql, type ColumnType, type Kysely, type Selectable } from 'kysely';
import { msat, success, type Outcome } from '../protocol/index.ts';
import { openSqlite, type Migration } from '../store/index.ts';
import {
  credentialStoreFull,
  MAX_CREDENTIALS,
  type CredentialStore,
  type L402Credential,
} from './credential-store.ts';

/** Whole numbers come back as `bigint`. */
type Integer = ColumnType<bigint, bigint | number, never>;

/** Amounts are millisatoshis, times unix seconds. */
interface CredentialsSchema {
  l402_credentials: {
    scope: string;
    scheme: L402Credential['scheme'];
    token: string;
    bolt11: string;
    payment_hash: string;
    amount_msat: Integer;
    fee_limit_msat: Integer;
    expires_at: Integer;
    preimage: string | null;
    /** 0 or 1. */
    accepted: Integer;
  };
}

const CREDENTIAL_MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    sql: `
      CREATE TABLE l402_credentials (
        scope TEXT PRIMARY KEY,
        scheme TEXT NOT NULL CHECK (scheme IN ('L402', 'LSAT')),
        token TEXT NOT NULL,
        bolt11 TEXT NOT NULL,
        payment_hash TEXT NOT NULL,
        amount_msat INTEGER NOT NULL,
        fee_limit_msat INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        preimage TEXT,
        accepted INTEGER NOT NULL CHECK (accepted IN (0, 1)),
        CHECK (accepted = 0 OR preimage IS NOT NULL)
      ) STRICT;
    `,
  },
];

/**
 * Opens credentials in a SQLite file, made when missing and readable by its owner alone, for whoever has them can
 * use them; `:memory:` for some that end with the process. Every resolved promise is on disk. Beyond
 * `maxCredentials` (1,000 unless told) the oldest one that is paid is forgotten; payments of unknown fate never
 * are. Throws `StoreError` when the file is newer than this program, damaged, or not to be opened; calls reject
 * with `StoreError` when the disk is full or broken.
 */
export function openSqlCredentialStore(options: {
  readonly path: string;
  readonly maxCredentials?: number;
}): CredentialStore & { close(): Promise<void> } {
  const { path, maxCredentials = MAX_CREDENTIALS } = options;
  const store = openSqlite({ path, migrations: CREDENTIAL_MIGRATIONS });
  const read = store.kysely<CredentialsSchema>();
  return {
    async get(scope) {
      const row = await read
        .selectFrom('l402_credentials')
        .selectAll()
        .where('scope', '=', scope)
        .executeTakeFirst();
      return row === undefined ? null : credentialOf(row);
    },
    put: (credential) =>
      store.transaction<CredentialsSchema, Outcome<void, 'credential-store-full'>>(async (trx) => {
        const { numDeletedRows } = await trx
          .deleteFrom('l402_credentials')
          .where('scope', '=', credential.scope)
          .executeTakeFirstOrThrow();
        if (numDeletedRows === 0n && !(await makeRoom(trx, maxCredentials))) return credentialStoreFull();
        await trx.insertInto('l402_credentials').values(rowOf(credential)).execute();
        return success(undefined);
      }),
    async delete(scope, paymentHash) {
      await store.transaction<CredentialsSchema, unknown>((trx) =>
        trx
          .deleteFrom('l402_credentials')
          .where('scope', '=', scope)
          .where('payment_hash', '=', paymentHash)
          .execute(),
      );
    },
    close: () => store.close(),
  };
}

/** Forgets the oldest paid credential where there is no room for another; `false` when there is none. */
async function makeRoom(trx: Kysely<CredentialsSchema>, maxCredentials: number): Promise<boolean> {
  const { count } = await trx
    .selectFrom('l402_credentials')
    .select(sql<bigint>`count(*)`.as('count'))
    .executeTakeFirstOrThrow();
  if (count < maxCredentials) return true;
  const oldest = await trx
    .selectFrom('l402_credentials')
    .select('scope')
    .where('preimage', 'is not', null)
    .orderBy(sql`rowid`)
    .executeTakeFirst();
  if (oldest === undefined) return false;
  await trx.deleteFrom('l402_credentials').where('scope', '=', oldest.scope).execute();
  return true;
}

function rowOf(credential: L402Credential) {
  return {
    scope: credential.scope,
    scheme: credential.scheme,
    token: credential.token,
    bolt11: credential.bolt11,
    payment_hash: credential.paymentHash,
    amount_msat: credential.amountMsat,
    fee_limit_msat: credential.feeLimitMsat,
    expires_at: credential.expiresAt,
    preimage: credential.preimage,
    accepted: credential.accepted ? 1 : 0,
  };
}

function credentialOf(row: Selectable<CredentialsSchema['l402_credentials']>): L402Credential {
  return {
    scope: row.scope,
    scheme: row.scheme,
    token: row.token,
    bolt11: row.bolt11,
    paymentHash: row.payment_hash,
    amountMsat: msat(row.amount_msat),
    feeLimitMsat: msat(row.fee_limit_msat),
    expiresAt: Number(row.expires_at),
    preimage: row.preimage,
    accepted: row.accepted === 1n,
  };
}
