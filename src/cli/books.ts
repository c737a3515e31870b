import { totalBooks, type Account, type BookedItem } from '../account/index.ts';
import { ACCOUNTS, trialBalance, type JournalAccount } from '../ledger/index.ts';
import { success, type Outcome } from '../protocol/index.ts';
import { withClientBooks } from './client-books.ts';
import type { Output } from './output.ts';

/** `coinop wallet books`: what came and went, by account; with `jobs`, by job as well. Everything sums to zero. */
export async function showBooks(
  owner: Account,
  options: { readonly jobs: boolean },
  output: Output,
): Promise<Outcome<void>> {
  const items: Readonly<Record<string, unknown>>[] = [];
  const { ledger, ecash, signer } = owner;
  const totals = await withClientBooks(owner, (clients) =>
    totalBooks({ ledger, ecash, clients, pubkey: signer.pubkey }, (item) => {
      if (options.jobs) items.push(rowOf(item, output));
    }),
  );
  if (options.jobs) output.rows(['type', 'id', 'state', 'account', 'sats'], items);
  if (output.json) output.facts({ totals: Object.fromEntries(totals), sumMsat: sumOf(totals) });
  else
    output.rows(
      ['account', 'sats'],
      [
        ...ACCOUNTS.flatMap((account) => sumRow(account, totals.get(account))),
        { account: 'all together', sats: inSats(sumOf(totals)) },
      ],
    );
  return success(undefined);
}

function rowOf({ type, id, state, journal }: BookedItem, output: Output): Readonly<Record<string, unknown>> {
  const sums = trialBalance(journal);
  if (output.json) return { type, id, state, sums: Object.fromEntries(sums), journal };
  const moved = ACCOUNTS.flatMap((account) => sumRow(account, sums.get(account)));
  return {
    type,
    id: id.slice(0, 12),
    state,
    account: moved.map(({ account }) => account).join('\n'),
    sats: moved.map(({ sats }) => sats).join('\n'),
  };
}

function sumRow(account: JournalAccount, sumMsat: bigint | undefined) {
  return sumMsat === undefined || sumMsat === 0n ? [] : [{ account, sats: inSats(sumMsat) }];
}

function sumOf(sums: ReadonlyMap<JournalAccount, bigint>): bigint {
  return [...sums.values()].reduce((total, sumMsat) => total + sumMsat, 0n);
}

/** Signed, to the millisat: `+21`, `-0.005`. */
function inSats(amountMsat: bigint): string {
  const size = amountMsat < 0n ? -amountMsat : amountMsat;
  const fraction = (size % 1000n).toString().padStart(3, '0').replace(/0+$/, '');
  const sign = amountMsat < 0n ? '-' : amountMsat > 0n ? '+' : '';
  return `${sign}${size / 1000n}${fraction === '' ? '' : `.${fraction}`}`;
}
