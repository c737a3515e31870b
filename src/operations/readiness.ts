import type { Ledger } from '../ledger/index.ts';
import type { Wallet } from '../money/index.ts';
import type { RelayPool } from '../relays/index.ts';
import { onceIn } from './once-in.ts';

/** What must work for jobs to be taken and paid. */
export const READY_PARTS = ['relays', 'wallet', 'database'] as const;

/** Whether one of them works now, and if not, why, in words without secrets. */
export interface PartReadiness {
  readonly part: (typeof READY_PARTS)[number];
  readonly ready: boolean;
  readonly detail: string;
}

/** A part that has not answered by then counts as not ready. */
const ANSWER_MS = 5_000;
/** Asked more often than that, the last answer is told again. */
const ASK_EVERY_MS = 5_000;

/**
 * Makes what says whether a provider can do its work: a relay of ours is connected, the wallet answers, and the database,
 * which was brought to this program's schema when it was opened, takes a row. Nothing rejects.
 */
export function createReadiness(parts: {
  readonly relays: Pick<RelayPool, 'status'>;
  readonly relayUrls: readonly string[];
  /** `null` sells only what is free, and needs none. */
  readonly wallet: Pick<Wallet, 'balance'> | null;
  readonly ledger: Pick<Ledger, 'checkWritable'>;
}): () => Promise<readonly PartReadiness[]> {
  return onceIn(ASK_EVERY_MS, () =>
    Promise.all([
      relaysOf(parts),
      bounded('wallet', walletOf(parts)),
      bounded('database', databaseOf(parts)),
    ]),
  );
}

async function relaysOf({
  relays,
  relayUrls,
}: Parameters<typeof createReadiness>[0]): Promise<PartReadiness> {
  const status = relays.status();
  const connected = relayUrls.filter((url) => status.get(url) === 'connected').length;
  const detail = `${connected} of ${relayUrls.length} relays connected`;
  return { part: 'relays', ready: connected > 0, detail };
}

async function walletOf({ wallet }: Parameters<typeof createReadiness>[0]): Promise<PartReadiness> {
  if (wallet === null) return { part: 'wallet', ready: true, detail: 'no wallet: only free jobs are sold' };
  const balance = await wallet.balance({ signal: AbortSignal.timeout(ANSWER_MS) });
  return balance.ok
    ? { part: 'wallet', ready: true, detail: 'answers' }
    : { part: 'wallet', ready: false, detail: `does not answer (${balance.failure.code})` };
}

async function databaseOf({ ledger }: Parameters<typeof createReadiness>[0]): Promise<PartReadiness> {
  await ledger.checkWritable();
  return { part: 'database', ready: true, detail: 'migrated and writable' };
}

/** What threw, or has not come in time, is not ready; the words of errors may hold addresses and stay here. */
async function bounded(part: PartReadiness['part'], looking: Promise<PartReadiness>): Promise<PartReadiness> {
  const late = Promise.withResolvers<PartReadiness>();
  const timer = setTimeout(
    () => late.resolve({ part, ready: false, detail: 'does not answer in time' }),
    ANSWER_MS,
  );
  try {
    return await Promise.race([looking, late.promise]);
  } catch {
    return { part, ready: false, detail: 'is broken; the log says how' };
  } finally {
    clearTimeout(timer);
  }
}
