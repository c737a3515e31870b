import type { Sale } from '../ledger/index.ts';
import type { Failure, Rescue } from '../protocol/index.ts';
import type { Log } from './log/log.ts';
import { boundedLabel, type Metrics } from './metrics/registry.ts';

/** Sales whose last move is remembered, to say how long a step took; the one that was forgotten is not timed. */
const MAX_REMEMBERED = 20_000;

/** What a provider tells of its sales; see `ProviderOptions.onChange`, `onRescue` and `onTrouble`. */
export interface SaleWatch {
  readonly onChange: (sale: Sale) => void;
  readonly onRescue: (by: Rescue, sale: Sale) => void;
  readonly onTrouble: (trouble: Failure, sale: Sale | null) => void;
}

interface Remembered {
  readonly work: Sale['work'];
  readonly money: Sale['money'];
  /** When that was first seen, by a clock that only counts on. */
  readonly sinceMs: number;
}

/** Writes a line of the log for each move of a sale and each trouble, and counts and times them. */
export function watchSales(log: Log, metrics: Metrics): SaleWatch {
  const last = new Map<string, Remembered>();
  const [codeOf, troubleOf] = [boundedLabel(), boundedLabel()];

  return {
    onChange(sale) {
      const key = `${sale.providerPubkey} ${sale.requestId}`;
      const before = last.get(key) ?? null;
      if (before !== null && before.work === sale.work && before.money === sale.money)
        return log.debug('noted', fieldsOf(sale));
      const nowMs = performance.now();
      remember(key, { work: sale.work, money: sale.money, sinceMs: nowMs });
      const tookMs = before === null ? null : nowMs - before.sinceMs;
      count(sale, before, tookMs);
      say(sale, tookMs);
    },
    onRescue({ failedPubkey, reason }, sale) {
      metrics.rescues.inc({ kind: String(sale.request.kind), reason });
      log.info(`stepped in for ${failedPubkey ?? 'nobody in particular'} (${reason})`, fieldsOf(sale));
    },
    onTrouble(trouble, sale) {
      metrics.troubles.inc({ code: troubleOf(trouble.code) });
      const level = trouble.code === 'provider-broke' ? 'error' : 'warn';
      const fields = sale === null ? jobOf(trouble) : fieldsOf(sale);
      log[level](trouble.message, { ...fields, code: trouble.code });
    },
  };

  function remember(key: string, seen: Remembered): void {
    last.delete(key);
    last.set(key, seen);
    const [oldest] = last.keys();
    if (last.size > MAX_REMEMBERED && oldest !== undefined) last.delete(oldest);
  }

  function count(sale: Sale, before: Remembered | null, tookMs: number | null): void {
    const { work, money } = sale;
    const kind = String(sale.request.kind);
    metrics.saleMoves.inc({ kind, work, money });
    if (work !== before?.work && sale.failure !== null && FAILED.has(work))
      metrics.failures.inc({ kind, code: codeOf(sale.failure.code) });
    if (isEarned(sale) && !(before !== null && isEarned(before)) && work === 'delivered')
      metrics.earnedMsat.inc({ kind }, Number(sale.quote?.amountMsat ?? 0n));
    if (money === 'refunded' && before?.money !== 'refunded')
      metrics.refundedMsat.inc({ kind }, Number(sale.refund?.amountMsat ?? 0n));
    if (before === null || tookMs === null) return;
    const seconds = tookMs / 1000;
    if (before.work === 'working' && work === 'ready') metrics.workSeconds.observe({ kind }, seconds);
    if (before.work === 'ready' && work === 'delivered') metrics.deliverySeconds.observe({ kind }, seconds);
    if (before.money === 'quoted' && (money === 'locked' || money === 'settled'))
      metrics.quoteToPaidSeconds.observe({ kind }, seconds);
  }

  function say(sale: Sale, tookMs: number | null): void {
    const fields = {
      ...fieldsOf(sale),
      ...(tookMs === null ? {} : { durationMs: Math.round(tookMs) }),
    };
    const isFailure = FAILED.has(sale.work) && sale.failure?.code !== NOT_TAKEN;
    if (isFailure || UNLUCKY.has(sale.money))
      log.warn(`job ${sale.work}, money ${sale.money}${reasonOf(sale)}`, fields);
    else log.info(`job ${sale.work}, money ${sale.money}`, fields);
  }
}

/** What every line about a job says of it. */
export function fieldsOf(sale: Sale) {
  return {
    job: sale.requestId,
    service: sale.serviceId,
    kind: sale.request.kind,
    customer: sale.customerPubkey,
    provider: sale.providerPubkey,
    work: sale.work,
    money: sale.money,
    exchange: sale.exchange,
    code: sale.failure?.code,
    amountMsat: sale.quote?.amountMsat,
    ...(sale.attempts > 1 ? { attempts: sale.attempts } : {}),
  };
}

/** Which job trouble is about that has no sale: of a request that was not booked, or before its sale was read. */
function jobOf({ data }: Failure): { readonly job?: string } {
  const requestId = data?.['requestId'];
  return typeof requestId === 'string' ? { job: requestId } : {};
}

/** Ends without a result that something here is to blame for. */
const FAILED: ReadonlySet<Sale['work']> = new Set(['failed', 'expired']);
/** The code of offers that nobody took, which is everyday's business. */
const NOT_TAKEN = 'offer-lapsed';
const UNLUCKY: ReadonlySet<Sale['money']> = new Set(['refund-due', 'unclaimed', 'unreconciled']);

function isEarned({ work, money }: Pick<Sale, 'work' | 'money'>): boolean {
  return money === 'settled' && (work === 'delivered' || work === 'closed');
}

function reasonOf({ failure }: Sale): string {
  return failure === null ? '' : `: ${failure.message}`;
}
