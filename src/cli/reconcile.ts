import { reconcile, type Account, type Finding } from '../account/index.ts';
import type { Ledger } from '../ledger/index.ts';
import { failure, success, type Outcome } from '../protocol/index.ts';
import { withClientBooks } from './client-books.ts';
import type { Output } from './output.ts';

const DAY_SECONDS = 86_400;
const COLUMNS = ['standing', 'code', 'subject', 'id', 'sats', 'explanation'];

/**
 * `coinop wallet reconcile`: prints each difference between books and wallet and what was done about it. Fails
 * with `books-differ` when one is left that a person or time must resolve.
 */
export async function reconcileWallet(
  account: Account,
  options: {
    readonly dryRun: boolean;
    readonly days: number;
    /** Of others that share the wallet. */
    readonly otherBooks: readonly Ledger[];
  },
  output: Output,
  signal: AbortSignal,
): Promise<Outcome<void>> {
  const { ledger, wallet, ecash, signer, now } = account;
  if (wallet === null)
    return failure(
      'wallet-missing',
      'No wallet is connected; set NWC_URL or wallet_file, or start `coinop up`.',
    );
  const found: Finding[] = [];
  const reconciled = await withClientBooks(account, (clients) =>
    reconcile({
      ledger,
      wallet,
      ecash,
      clients,
      otherBooks: options.otherBooks,
      pubkey: signer.pubkey,
      now,
      signal,
      dryRun: options.dryRun,
      since: now() - options.days * DAY_SECONDS,
      onFinding: (finding) => found.push(finding),
    }),
  );
  if (!reconciled.ok) return reconciled;
  if (found.length > 0)
    output.rows(
      COLUMNS,
      found.map((finding) => rowOf(finding, output)),
    );
  const { sales, purchases, payments, repaired, repairable, open, serious } = reconciled.value;
  output.note(
    `Compared ${sales} sale(s), ${purchases} purchase(s) and ${payments} payment(s): ` +
      (found.length === 0
        ? 'books and wallet agree.'
        : `${found.length} difference(s), ${repaired} repaired.`),
  );
  const left = repairable + open + serious;
  if (left === 0) return success(undefined);
  return failure('books-differ', `${left} difference(s) between books and wallet are left.`, {
    repairable,
    open,
    serious,
  });
}

function rowOf(finding: Finding, output: Output): Readonly<Record<string, unknown>> {
  if (output.json) return { ...finding };
  const { requestId, paymentHash, amountMsat, ...shown } = finding;
  return {
    ...shown,
    id: (requestId ?? paymentHash).slice(0, 12),
    sats: amountMsat === null ? '' : Number(amountMsat) / 1000,
  };
}
