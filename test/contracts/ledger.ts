import { describe } from 'vitest';
import type { Checkpoint, Ledger } from '../../src/ledger/index.ts';
import { approvalsContract } from './ledger-approvals.ts';
import { balancesContract } from './ledger-balances.ts';
import { booksContract } from './ledger-books.ts';
import { dutiesContract } from './ledger-duties.ts';
import { operatingContract } from './ledger-operating.ts';
import { ordersContract } from './ledger-orders.ts';
import { outboxContract } from './ledger-outbox.ts';
import { prepaidContract } from './ledger-prepaid.ts';
import { purchasesContract } from './ledger-purchases.ts';
import { receiptsContract } from './ledger-receipts.ts';
import { salesContract } from './ledger-sales.ts';
import { spendingContract } from './ledger-spending.ts';

/** A clock that only the test moves, unix seconds. */
export interface TestClock {
  seconds: number;
}

/** A ledger under test. */
export interface OpenLedger {
  readonly ledger: Ledger;
  /** Closes it and opens the same books again; absent where nothing outlives the process. */
  readonly reopen?: () => Promise<Ledger>;
  /** Closes it and removes what it stored. */
  readonly remove: () => Promise<void>;
}

/** How a driver makes an empty ledger for one test. */
export type OpenForTest = (options: {
  readonly now: () => number;
  readonly checkpoint?: Checkpoint;
}) => Promise<OpenLedger>;

/** What every ledger driver promises, whatever it stores its books in. */
export function ledgerContract(name: string, open: OpenForTest): void {
  describe(`ledger contract: ${name}`, () => {
    salesContract(open);
    receiptsContract(open);
    purchasesContract(open);
    approvalsContract(open);
    ordersContract(open);
    spendingContract(open);
    booksContract(open);
    balancesContract(open);
    prepaidContract(open);
    outboxContract(open);
    dutiesContract(open);
    operatingContract(open);
  });
}
