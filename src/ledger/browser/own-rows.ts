import { isRecord, parseJson } from '../../protocol/index.ts';
import type { CopiedTable, TableCopy } from '../../store/browser.ts';

/** Where the tables of the books say whose a row is. */
const OWNERS: Readonly<Record<string, string>> = {
  sales: 'provider_pubkey',
  sale_receipts: 'provider_pubkey',
  purchases: 'customer_pubkey',
  orders: 'customer_pubkey',
  idempotency_keys: 'customer_pubkey',
  payments: 'spender_pubkey',
  balances: 'provider_pubkey',
  balance_top_ups: 'provider_pubkey',
  balance_withdrawals: 'provider_pubkey',
  prepaid_withdrawals: 'customer_pubkey',
};

/** NIP-59: its author is a key that is used once. */
const GIFT_WRAP_KIND = 1059;

/**
 * Of a copy of the books what belongs to these keys: others may buy and sell in the same browser. A gift wrap does not
 * show whose it is, so one goes along while it is still to be sent; nobody but its recipient can read it.
 */
export function ownRows(copy: TableCopy, pubkeys: readonly string[]): TableCopy {
  const own = new Set<unknown>(pubkeys);
  const tables = Object.entries(copy.tables).map(([name, table]) => {
    const owner = OWNERS[name];
    if (name === 'outbox') return [name, ownEvents(table, own)] as const;
    if (owner === undefined) return [name, { ...table, rows: [] }] as const;
    const place = table.columns.indexOf(owner);
    return [name, { ...table, rows: table.rows.filter((row) => own.has(row[place])) }] as const;
  });
  return { ...copy, tables: Object.fromEntries(tables) };
}

function ownEvents(outbox: CopiedTable, own: ReadonlySet<unknown>): CopiedTable {
  const [event, state] = [outbox.columns.indexOf('event'), outbox.columns.indexOf('state')];
  const rows = outbox.rows.filter((row) => {
    const written = row[event];
    const read = typeof written === 'string' ? parseJson(written) : null;
    if (!isRecord(read)) return false;
    return own.has(read['pubkey']) || (read['kind'] === GIFT_WRAP_KIND && row[state] === 'due');
  });
  return { ...outbox, rows };
}
