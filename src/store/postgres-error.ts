import { StoreError, type StoreErrorCode } from './store-error.ts';

const GONE = 'The database server cannot be reached or went away; it is tried again by itself.';
const REFUSED = 'The database server lets us not do that; check user, password, name and rights.';

const UNSAFE =
  'The connection to the database server is not as safe as its URL asks; check sslmode, sslrootcert and the certificate.';

/** SQLSTATE classes and codes (https://www.postgresql.org/docs/current/errcodes-appendix.html) that speak of the server, not of the query. */
const SERVER_FAILURES: readonly (readonly [state: string, code: StoreErrorCode, message: string])[] = [
  ['08', 'database-unavailable', GONE],
  ['57P', 'database-unavailable', GONE],
  ['25P03', 'database-unavailable', 'The server ended a transaction in which nothing was said for too long.'],
  ['25P04', 'database-unavailable', 'The server ended a transaction that took too long.'],
  ['53300', 'database-unavailable', 'The database server has no connection left for us; raise its limit.'],
  ['25006', 'database-unavailable', 'The database server takes no writes now; connect to the primary.'],
  ['53100', 'disk-full', 'The disk of the database server is full; nothing was written. Free some space.'],
  ['53', 'store-broken', 'The database server is out of some resource; nothing was written.'],
  ['58', 'store-broken', 'The disk of the database server failed; nothing was written.'],
  ['XX', 'store-broken', 'The database server is broken or its data damaged; look at its log.'],
  ['28', 'database-refused', REFUSED],
  ['3D000', 'database-refused', 'The database server has no database of that name; create it first.'],
  ['42501', 'database-refused', REFUSED],
  ['55P03', 'store-busy', 'Somebody else keeps a lock of the database for too long; try again.'],
  ['57014', 'store-busy', 'The database server took too long for a statement; nothing was written.'],
];

/** States in which the same transaction may pass when it is run again: deadlocks, and what stood in each other's way. */
const RUN_AGAIN: ReadonlySet<string> = new Set(['40001', '40P01']);

/** Words of `pg` and of TLS when there is a server that cannot be talked to as the URL asks. */
const NO_TLS = /SSL|TLS|CERT/i;

/** Words of `pg` and of sockets when there is no server at the other end, or none that answers. */
const NO_SERVER =
  /terminated|ended|timeout|closed|not queryable|EPIPE|ECONN|ENOTFOUND|EAI_AGAIN|EHOST|ENET|ENOENT|ETIMEDOUT/;

/**
 * What is said of an error of `pg`: a `StoreError` when it is the server that failed, else the error without what the
 * server quotes of the row, which may be secret.
 */
export function explainPostgresError(error: unknown): unknown {
  if (error instanceof StoreError || !(error instanceof Error)) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if ('severity' in error && /^[0-9A-Z]{5}$/.test(code)) {
    const known = SERVER_FAILURES.find(([prefix]) => code.startsWith(prefix));
    return known === undefined ? new PostgresError(error.message, code) : new StoreError(known[1], known[2]);
  }
  const words = `${code} ${error.message}`;
  if (NO_TLS.test(words)) return new StoreError('database-refused', UNSAFE);
  return NO_SERVER.test(words) ? new StoreError('database-unavailable', GONE) : error;
}

/** The server, or the way to it, is gone for now. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'database-unavailable';
}

/** The transaction lost against another one, and may be run again. */
export function lostToAnother(error: unknown): boolean {
  return error instanceof PostgresError && RUN_AGAIN.has(error.state);
}

/** A statement that Postgres refused, by its SQLSTATE; without the row. */
class PostgresError extends Error {
  override readonly name = 'PostgresError';
  readonly state: string;

  constructor(message: string, state: string) {
    super(message);
    this.state = state;
  }
}
