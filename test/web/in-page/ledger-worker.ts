/** A worker of a page whose books are in IndexedDB, told what to do by `ledger-page.ts`. */
import * as fc from 'fast-check';
import { openBrowserEcashStore } from '../../../src/ecash/browser.ts';
import { openBrowserLedger } from '../../../src/ledger/browser.ts';
import type { Ledger } from '../../../src/ledger/index.ts';
import { openBrowserSqlite } from '../../../src/store/browser.ts';
import { ecashStoreContract } from '../../contracts/ecash-store.ts';
import { CUSTOMER, newPurchase, outgoing } from '../../contracts/ledger-fixtures.ts';
import { ledgerContract } from '../../contracts/ledger.ts';
import type { LedgerAnswer, LedgerCommand } from './ledger-page.ts';
import { runTests } from './vitest.ts';

fc.configureGlobal({ numRuns: 5 }); // the same walks are taken many times more where a commit costs less

let opened = 0;
ledgerContract('SQLite in IndexedDB', async (options) => {
  const name = `contract-${++opened}`;
  const open = () => openBrowserLedger({ name, ...options });
  let ledger = await open();
  return {
    ledger,
    reopen: async () => {
      await ledger.close();
      ledger = await open();
      return ledger;
    },
    remove: async () => {
      await ledger.close();
      indexedDB.deleteDatabase(name);
    },
  };
});

ecashStoreContract('SQLite in IndexedDB', async () => {
  const name = `contract-${++opened}`;
  const open = () => openBrowserEcashStore({ name });
  let store = await open();
  return {
    store,
    reopen: async () => {
      await store.close();
      store = await open();
      return store;
    },
    remove: async () => {
      await store.close();
      indexedDB.deleteDatabase(name);
    },
  };
});

let ledger: Ledger | null = null;
const books = async () => (ledger ??= await openBrowserLedger({ name: 'books', now: () => 1_700_000_000 }));

/** Books one purchase with the two events that it publishes. */
async function book(number: number): Promise<void> {
  const id = number.toString(16).padStart(64, '0');
  const { purchases } = await books();
  const request = { ...newPurchase().request, id };
  const other = outgoing({ event: { ...request, id: `f${id.slice(1)}` } });
  await purchases.open(newPurchase({ request, publish: [outgoing({ event: request }), other] }));
}

const COMMANDS = {
  contract: () => runTests(),
  open: async () => void (await books()),
  async book(count: number) {
    const startedAt = performance.now();
    for (let number = 1; number <= count; number++) await book(number);
    return { perSecond: (count / (performance.now() - startedAt)) * 1000 };
  },
  /** Never ends by itself; each number that is told is on the disk. */
  async bookOn() {
    for (let number = 1; ; number++) {
      await book(number);
      answer({ booked: number });
    }
  },
  async count() {
    const { purchases, outbox } = await books();
    const list = await purchases.list({ customerPubkey: CUSTOMER, limit: 1_000_000 });
    return { purchases: list.length, due: (await outbox.depth()).due };
  },
  /** The code of the refusal, and what the books show afterwards. */
  async bookRefused() {
    const refusal: unknown = await book(0xabc).catch((error: unknown) => error);
    return { code: (refusal as { code?: unknown }).code, ...(await COMMANDS.count()) };
  },
  /** A unit of work that waits for a timer, and the one after it. */
  async waitInside() {
    const migrations = [{ version: 1, sql: 'CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT) STRICT' }];
    const store = await openBrowserSqlite({ name: 'notes', migrations });
    type Notes = { notes: { id: number; body: string } };
    const refusal: unknown = await store
      .transaction<Notes, void>(async (trx) => {
        await trx.insertInto('notes').values({ id: 1, body: 'half' }).execute();
        await new Promise((resolve) => setTimeout(resolve, 20));
        await trx.insertInto('notes').values({ id: 2, body: 'whole' }).execute();
      })
      .catch((error: unknown) => error);
    await store.transaction<Notes, unknown>((trx) =>
      trx.insertInto('notes').values({ id: 3, body: 'nul \0 and ☕' }).execute(),
    );
    const rows = await store.kysely<Notes>().selectFrom('notes').selectAll().execute();
    await store.close();
    return { refusal: String(refusal), rows: rows.map(({ id, body }) => [String(id), body]) };
  },
} as const;

self.addEventListener('message', ({ data: { id, name, input } }: MessageEvent<LedgerCommand>) => {
  const done: Promise<unknown> = COMMANDS[name](input);
  done.then(
    (value) => answer({ id, value }),
    (error: unknown) => answer({ id, error: String(error) }),
  );
});

function answer(message: LedgerAnswer): void {
  self.postMessage(message, { transfer: [] });
}

/** What the worker can be told, for the types of the page. */
export type LedgerCommands = typeof COMMANDS;
