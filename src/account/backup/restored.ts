import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { EcashWallet } from '../../ecash/index.ts';
import type { Ledger, Purchase } from '../../ledger/index.ts';
import type { Wallet } from '../../money/index.ts';
import { failure, parseJson, success, type Outcome } from '../../protocol/index.ts';
import type { RelayPool } from '../../relays/index.ts';
import { readBooks, type BooksOf } from '../books.ts';
import { markEcashDue } from '../ecash-due.ts';
import type { Finding } from '../reconcile/difference.ts';
import { reconcile, type Reconciliation } from '../reconcile/reconcile.ts';
import { parkEcashPayments, parkEndedSales } from './parked-jobs.ts';
import { parkRefunds } from './parked-refunds.ts';
import { countUnseenCalls } from './unseen-calls.ts';

const Mark = z.object({ madeAt: z.number().int(), restoredAt: z.number().int() });

/** When a backup was made and restored, unix seconds. */
export type RestoredMark = Readonly<z.infer<typeof Mark>>;

/** What became of a restored account's books when they were compared with the wallet. */
export interface RestoredReport extends RestoredMark {
  /** `null` when there was nothing to compare. */
  readonly reconciliation: Reconciliation | null;
  readonly findings: readonly Finding[];
  /** Purchases that were not paid when the backup was made, and are not gone on with. */
  readonly endedPurchases: number;
}

const FILE = 'restored.json';
/** So much of the time before the backup is compared as well. */
const COMPARED_SECONDS = 30 * 86_400;
/** More findings are only counted. */
const MAX_FINDINGS = 1000;

/** Marks an account's directory: it has to compare its books with its wallet first. */
export async function markRestored(dir: string, mark: RestoredMark): Promise<void> {
  await writeFile(join(dir, FILE), JSON.stringify(mark), { mode: 0o600 });
  await markEcashDue(dir, mark.restoredAt);
}

/** The mark of a restored account that did not compare its books yet, or `null`. */
export async function readMark(dir: string): Promise<RestoredMark | null> {
  const text = await readFile(join(dir, FILE), 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  });
  return text === null ? null : Mark.parse(parseJson(text));
}

/** Whether an account was restored from a backup and has not compared its books with its wallet since. */
export async function isFreshlyRestored(dir: string): Promise<boolean> {
  return (await readMark(dir)) !== null;
}

/**
 * Brings the books of a restored account up to what its wallet knows, and then removes the mark. What was open when
 * the backup was made may have been paid, or done, since by what the backup does not know: purchases that were not
 * being paid end; jobs that are answered, refunds and payments in ecash are parked (see `parkEndedSales`,
 * `parkRefunds`, `parkEcashPayments`). Fails with `restored-unreconciled`, and the mark stays, while the wallet does not answer.
 */
export async function reconcileRestored(restored: {
  readonly dir: string;
  readonly mark: RestoredMark;
  readonly ledger: Ledger;
  readonly wallet: Wallet | null;
  /** Restored at its mints already; `null` where none is trusted. */
  readonly ecash: EcashWallet | null;
  readonly relays: Pick<RelayPool, 'query'>;
  readonly relayUrls: readonly string[];
  readonly pubkey: string;
  readonly now: () => number;
  readonly signal: AbortSignal;
}): Promise<Outcome<RestoredReport, 'restored-unreconciled'>> {
  const { dir, mark, ledger, wallet, ecash, pubkey } = restored;
  const findings: Finding[] = [];
  let isSilent = false;
  const onFinding = (finding: Finding): void => {
    isSilent ||= finding.code === 'wallet-silent';
    if (findings.length < MAX_FINDINGS) findings.push(finding);
  };
  if (wallet === null && (await hasMoved({ ledger, ecash, pubkey })))
    return unreconciled('no wallet is connected');
  const reconciled =
    wallet === null
      ? success(null)
      : await reconcile({
          ...restored,
          wallet,
          dryRun: false,
          since: mark.madeAt - COMPARED_SECONDS,
          onFinding,
        });
  if (!reconciled.ok) return unreconciled(reconciled.failure.message);
  if (isSilent) return unreconciled('the wallet stopped answering');
  await countUnseenCalls({ ledger, pubkey });
  await parkEndedSales({ ...restored, onFinding });
  await parkEcashPayments({ ...restored, onFinding });
  if (wallet !== null) {
    const parked = await parkRefunds({ ...restored, wallet, onFinding });
    if (!parked.ok) return unreconciled(parked.failure.message);
  }
  const endedPurchases = await endUnpaid(ledger, pubkey);
  await rm(join(dir, FILE));
  return success({ ...mark, reconciliation: reconciled.value, findings, endedPurchases });
}

function unreconciled(why: string) {
  return failure(
    'restored-unreconciled',
    `This account was restored from a backup and must compare its books with its wallet first, but ${why}.`,
  );
}

async function hasMoved(books: BooksOf): Promise<boolean> {
  const first = await readBooks(books).next();
  return first.done !== true;
}

/** States before anything was reserved. */
const UNPAID: ReadonlySet<Purchase['state']> = new Set(['requested', 'offered', 'approved']);

async function endUnpaid(ledger: Ledger, pubkey: string): Promise<number> {
  let ended = 0;
  for (const purchase of await ledger.purchases.listOpen(pubkey)) {
    if (!UNPAID.has(purchase.state)) continue;
    const message = 'It was open when the backup was made that this account was restored from: buy it anew.';
    const change = { state: 'cancelled' as const, failure: { code: 'cancelled', message } };
    if ((await ledger.purchases.change(purchase, change)).ok) ended += 1;
  }
  return ended;
}
