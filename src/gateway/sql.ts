/** The books of the gateway in a SQLite file: a door of its own, for servers. */
import { randomBytes } from '@noble/hashes/utils.js';
import { sql, type ColumnType, type Kysely, type Selectable } from 'kysely';
import { SUPPORTED_EXCHANGES } from '../customer/index.ts';
import { failure, isRecord, msat, parseJson, type Failure, type Msat } from '../protocol/index.ts';
import { openSqlite } from '../store/index.ts';
import {
  UNFINISHED,
  type ClientPayment,
  type GatewayJob,
  type GatewayJobChange,
  type GatewayJobs,
  type GatewayReceipt,
  type GatewayState,
  type Quote,
} from './job.ts';
import type { JobOrder } from './job-order.ts';
import { GATEWAY_MIGRATIONS } from './sql-migrations.ts';

/** Whole numbers come back as `bigint`. */
type Integer = ColumnType<bigint, bigint | number, bigint | number>;

/** Amounts are millisatoshis, times unix seconds. */
interface GatewaySchema {
  gateway_jobs: {
    id: string;
    /** JSON. */
    job_order: string;
    payment: ClientPayment;
    state: GatewayState;
    request_id: string;
    offer_id: string;
    exchange: Quote['exchange'];
    usual_seconds: number | null;
    worst_seconds: number | null;
    price_msat: Integer;
    asked_msat: Integer;
    budget_msat: Integer;
    bolt11: string | null;
    payment_hash: string | null;
    valid_until: Integer;
    hold_preimage: string | null;
    attempt: Integer;
    content: string | null;
    provider_pubkey: string | null;
    result_request_id: string | null;
    result_id: string | null;
    /** JSON. */
    failure: string | null;
    refund_bolt11: string | null;
    refund_payment_hash: string | null;
    opened_at: Integer;
    updated_at: Integer;
    version: Integer;
    /** Separated by spaces. */
    exchanges: string | null;
    refund_terms: Quote['refundTerms'];
    risk_msat: Integer;
    lost_at: Integer | null;
  };
  /** Written by the database whenever a job moves that was paid for. */
  gateway_receipts: {
    seq: Integer;
    payment_hash: string;
    payment: GatewayReceipt['payment'];
    amount_msat: Integer;
    state: GatewayState;
    refund_payment_hash: string | null;
    updated_at: Integer;
  };
}

/** States after which nobody owes anybody anything. */
const ENDED = ['done', 'released', 'refunded', 'failed', 'lost'] as const satisfies readonly GatewayState[];

/** States that another gateway may have led a job out of since, at somebody's cost. */
const PARKED = [
  'quoted',
  'lapsed',
  'paid',
  'working',
  'refund-due',
  'refunding',
] as const satisfies readonly GatewayState[];

/** States in which a provider may take the money. */
const AT_RISK = ['paid', 'working'] as const satisfies readonly GatewayState[];

const RESTORED: Failure = {
  code: 'gateway-restored',
  message:
    'This gateway was restored from a backup and does not know what became of the job since: ask who runs it.',
};

type Row = Selectable<GatewaySchema['gateway_jobs']>;

/**
 * Opens the books of a gateway in a SQLite file, made when missing and readable by its owner alone: they hold the key
 * that signs tokens, what was bought, and the preimages of open hold invoices. `:memory:` for books that end with the
 * process. Throws `StoreError` when the file is newer than this program, damaged, or not to be opened; calls reject
 * with `StoreError` when the disk is full or broken, or a move is tried that the table of states does not have.
 */
export function openSqlGatewayJobs(options: {
  readonly path: string;
}): GatewayJobs & { close(): Promise<void> } {
  const store = openSqlite({ path: options.path, migrations: GATEWAY_MIGRATIONS });
  store.db
    .prepare("INSERT INTO gateway_keys (name, key) VALUES ('root', ?) ON CONFLICT (name) DO NOTHING")
    .run(randomBytes(32));
  const rootKey = store.db.prepare("SELECT key FROM gateway_keys WHERE name = 'root'").get()?.['key'];
  if (!(rootKey instanceof Uint8Array)) throw new Error('The gateway has no root key.');
  const read = store.kysely<GatewaySchema>();
  const jobs = () => read.selectFrom('gateway_jobs');
  const receipts = () => read.selectFrom('gateway_receipts').selectAll();
  return {
    rootKey,
    add: (job) =>
      store.transaction<GatewaySchema, GatewayJob>(async (trx) => {
        await trx.insertInto('gateway_jobs').values(newRow(job)).execute();
        return readJob(trx, job.id);
      }),
    async get(id) {
      const row = await jobs().selectAll().where('id', '=', id).executeTakeFirst();
      return row === undefined ? null : jobOf(row);
    },
    async byPaymentHash(paymentHash) {
      const row = await jobs().selectAll().where('payment_hash', '=', paymentHash).executeTakeFirst();
      return row === undefined ? null : jobOf(row);
    },
    change: (seen, change) =>
      store.transaction<GatewaySchema, GatewayJob | null>(async (trx) => {
        const { numUpdatedRows } = await trx
          .updateTable('gateway_jobs')
          .set({ ...changedColumns(change), version: seen.version + 1 })
          .where('id', '=', seen.id)
          .where('version', '=', BigInt(seen.version))
          .executeTakeFirstOrThrow();
        return numUpdatedRows === 1n ? readJob(trx, seen.id) : null;
      }),
    async listUnfinished(lapsedSince) {
      const rows = await jobs()
        .select('id')
        .where((row) =>
          row.or([
            row('state', 'in', UNFINISHED),
            row.and([row('state', '=', 'lapsed'), row('updated_at', '>=', BigInt(lapsedSince))]),
          ]),
        )
        .orderBy('opened_at')
        .execute();
      return rows.map(({ id }) => id);
    },
    async countQuoted() {
      const { count } = await jobs()
        .select(sql<bigint>`count(*)`.as('count'))
        .where('state', '=', 'quoted')
        .executeTakeFirstOrThrow();
      return Number(count);
    },
    park: (at) =>
      store.transaction<GatewaySchema, number>(async (trx) => {
        const { numUpdatedRows } = await trx
          .updateTable('gateway_jobs')
          .set({ ...changedColumns({ state: 'parked', at, failure: RESTORED }), version: sql`version + 1` })
          .where('state', 'in', PARKED)
          .executeTakeFirstOrThrow();
        return Number(numUpdatedRows);
      }),
    atRiskMsat: (lostSince) => sumAtRisk(read, lostSince),
    takeRisk: (seen, { riskMsat, maxMsat, lostSince, at }) =>
      store.transaction<GatewaySchema, GatewayJob | 'too-much' | null>(async (trx) => {
        const job = await readJob(trx, seen.id);
        if (job.version !== seen.version) return null;
        const besides = (await sumAtRisk(trx, lostSince)) - job.riskMsat;
        if (besides + riskMsat > maxMsat) return 'too-much';
        await trx
          .updateTable('gateway_jobs')
          .set({ risk_msat: riskMsat, updated_at: at, version: seen.version + 1 })
          .where('id', '=', seen.id)
          .execute();
        return readJob(trx, seen.id);
      }),
    async listLapsed(before, limit) {
      const rows = await jobs()
        .select('id')
        .where('state', '=', 'lapsed')
        .where('updated_at', '<', BigInt(before))
        .orderBy('updated_at')
        .limit(limit)
        .execute();
      return rows.map(({ id }) => id);
    },
    async postponeLapsed(id, at) {
      await store.transaction<GatewaySchema, unknown>((trx) =>
        trx
          .updateTable('gateway_jobs')
          .set((row) => ({ updated_at: at, version: row('version', '+', 1n) }))
          .where('id', '=', id)
          .where('state', '=', 'lapsed')
          .execute(),
      );
    },
    async forgetLapsed(id) {
      await store.transaction<GatewaySchema, unknown>((trx) =>
        trx.deleteFrom('gateway_jobs').where('id', '=', id).where('state', '=', 'lapsed').execute(),
      );
    },
    async forgetEnded(before) {
      await store.transaction<GatewaySchema, unknown>((trx) =>
        trx
          .deleteFrom('gateway_jobs')
          .where('state', 'in', ENDED)
          .where('updated_at', '<', BigInt(before))
          .execute(),
      );
    },
    async receipt(paymentHash) {
      const row = await receipts().where('payment_hash', '=', paymentHash).executeTakeFirst();
      return row === undefined ? null : receiptOf(row);
    },
    async listReceipts({ limit, after }) {
      return (await receipts().where('seq', '>', after).orderBy('seq').limit(limit).execute()).map(receiptOf);
    },
    close: () => store.close(),
  };
}

async function sumAtRisk(db: Kysely<GatewaySchema>, lostSince: number): Promise<Msat> {
  const { sum } = await db
    .selectFrom('gateway_jobs')
    .select(sql<bigint>`coalesce(sum(risk_msat), 0)`.as('sum'))
    .where((row) => row.or([row('state', 'in', AT_RISK), row('lost_at', '>=', BigInt(lostSince))]))
    .executeTakeFirstOrThrow();
  return msat(sum);
}

async function readJob(trx: Kysely<GatewaySchema>, id: string): Promise<GatewayJob> {
  return jobOf(
    await trx.selectFrom('gateway_jobs').selectAll().where('id', '=', id).executeTakeFirstOrThrow(),
  );
}

function newRow({ id, order, payment, quote, holdPreimage, openedAt }: Parameters<GatewayJobs['add']>[0]) {
  return {
    id,
    job_order: JSON.stringify(order),
    payment,
    state: payment === 'none' ? ('paid' as const) : ('quoted' as const),
    request_id: quote.requestId,
    offer_id: quote.offerId,
    exchange: quote.exchange,
    usual_seconds: quote.usualSeconds,
    worst_seconds: quote.worstSeconds,
    price_msat: quote.priceMsat,
    asked_msat: quote.askedMsat,
    budget_msat: quote.budgetMsat,
    bolt11: quote.invoice?.bolt11 ?? null,
    payment_hash: quote.invoice?.paymentHash ?? null,
    valid_until: quote.validUntil,
    hold_preimage: holdPreimage,
    attempt: 0,
    exchanges: quote.exchanges?.join(' ') ?? null,
    refund_terms: quote.refundTerms,
    risk_msat: 0,
    opened_at: openedAt,
    updated_at: openedAt,
    version: 1,
  };
}

function changedColumns({ state, at, attempt, result, failure: why, refund, lostMsat }: GatewayJobChange) {
  return {
    state,
    updated_at: at,
    ...(attempt === undefined ? {} : { attempt }),
    ...(lostMsat === undefined ? {} : { risk_msat: lostMsat, lost_at: at }),
    ...(result === undefined
      ? {}
      : {
          content: result.content,
          provider_pubkey: result.providerPubkey,
          result_request_id: result.requestId,
          result_id: result.resultId,
        }),
    ...(why === undefined ? {} : { failure: JSON.stringify({ code: why.code, message: why.message }) }),
    ...(refund === undefined
      ? {}
      : { refund_bolt11: refund?.bolt11 ?? null, refund_payment_hash: refund?.paymentHash ?? null }),
  };
}

function jobOf(row: Row): GatewayJob {
  const { bolt11, payment_hash, content, provider_pubkey, result_request_id, result_id } = row;
  const hasResult =
    content !== null && provider_pubkey !== null && result_request_id !== null && result_id !== null;
  return {
    id: row.id,
    order: orderOf(row.job_order),
    payment: row.payment,
    quote: {
      requestId: row.request_id,
      offerId: row.offer_id,
      exchange: row.exchange,
      exchanges: exchangesOf(row.exchanges),
      refundTerms: row.refund_terms,
      usualSeconds: numberOf(row.usual_seconds),
      worstSeconds: numberOf(row.worst_seconds),
      priceMsat: msat(row.price_msat),
      askedMsat: msat(row.asked_msat),
      budgetMsat: msat(row.budget_msat),
      invoice: bolt11 === null || payment_hash === null ? null : { bolt11, paymentHash: payment_hash },
      validUntil: Number(row.valid_until),
    },
    holdPreimage: row.hold_preimage,
    state: row.state,
    attempt: Number(row.attempt),
    riskMsat: msat(row.risk_msat),
    result: hasResult
      ? { content, providerPubkey: provider_pubkey, requestId: result_request_id, resultId: result_id }
      : null,
    failure: row.failure === null ? null : failureOf(row.failure),
    refund:
      row.refund_bolt11 === null || row.refund_payment_hash === null
        ? null
        : { bolt11: row.refund_bolt11, paymentHash: row.refund_payment_hash },
    openedAt: Number(row.opened_at),
    updatedAt: Number(row.updated_at),
    version: Number(row.version),
  };
}

function receiptOf(row: Selectable<GatewaySchema['gateway_receipts']>): GatewayReceipt {
  return {
    seq: row.seq,
    paymentHash: row.payment_hash,
    payment: row.payment,
    amountMsat: msat(row.amount_msat),
    state: row.state,
    refundPaymentHash: row.refund_payment_hash,
    updatedAt: Number(row.updated_at),
  };
}

function exchangesOf(written: string | null): Quote['exchanges'] {
  const names = written?.split(' ');
  return names === undefined ? null : SUPPORTED_EXCHANGES.filter((mode) => names.includes(mode));
}

function numberOf(value: number | bigint | null): number | null {
  return value === null ? null : Number(value);
}

/** Only `add` writes it. */
function orderOf(text: string): JobOrder {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own books, checked when the order came in
  return JSON.parse(text) as JobOrder;
}

function failureOf(text: string): Failure {
  const told = parseJson(text);
  const { code, message } = isRecord(told) ? told : {};
  return failure(String(code), String(message)).failure;
}
