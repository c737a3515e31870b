import type { ClientBase } from 'pg';
import { StoreError } from './store-error.ts';

/** A clock that is off by more is not written with: leases, and ends of offers and refunds, are told apart by it. */
const MAX_CLOCK_DIFFERENCE_MS = 5_000;

/**
 * One trip to the server. Whatever its default is, a commit is answered when it is on disk: money moves right after it.
 * `remote_apply`, which promises more, stays.
 */
const BEGIN = `BEGIN ISOLATION LEVEL READ COMMITTED;
SELECT set_config('synchronous_commit',
    CASE current_setting('synchronous_commit') WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, true),
  (extract(epoch FROM clock_timestamp()) * 1000)::text AS server_ms`;

/**
 * Begins a transaction whose commit is durable. Throws `StoreError` `clock-differs` when this machine's clock is off from
 * the server's, which all who share the books compare theirs with; the transaction is to be rolled back then.
 */
export async function beginTransaction(client: ClientBase): Promise<void> {
  const askedAtMs = Date.now();
  const answers: unknown = await client.query(BEGIN); // of several statements one result each
  const answeredAtMs = Date.now();
  const aheadMs = clockAheadMs({ askedAtMs, serverMs: serverMsIn(answers), answeredAtMs });
  if (Math.abs(aheadMs) <= MAX_CLOCK_DIFFERENCE_MS) return;
  throw new StoreError(
    'clock-differs',
    `This machine's clock is ${Math.round(Math.abs(aheadMs) / 1000)} seconds ${aheadMs > 0 ? 'ahead of' : 'behind'} ` +
      `the database server's: nothing is written until both are right (NTP).`,
  );
}

/** How far we are ahead at least (negative: behind), however long the question and its answer were on their way. */
function clockAheadMs(told: {
  readonly askedAtMs: number;
  readonly serverMs: number;
  readonly answeredAtMs: number;
}): number {
  const { askedAtMs, serverMs, answeredAtMs } = told;
  if (serverMs < askedAtMs) return askedAtMs - serverMs;
  return Math.min(0, answeredAtMs - serverMs);
}

function serverMsIn(answers: unknown): number {
  const last: unknown = Array.isArray(answers) ? answers.at(-1) : null;
  const rows: unknown = typeof last === 'object' && last !== null ? Reflect.get(last, 'rows') : null;
  const row: unknown = Array.isArray(rows) ? rows[0] : null;
  const serverMs = Number(
    typeof row === 'object' && row !== null ? Reflect.get(row, 'server_ms') : Number.NaN,
  );
  if (!Number.isFinite(serverMs)) throw new Error('the server did not say what time it is');
  return serverMs;
}
