import type { CopiedTable, TableCopy } from '../../store/browser.ts';
import { NO_OFFER_COLUMNS } from '../sql/purchase-rows.ts';

type Row = CopiedTable['rows'][number];

/**
 * The same copy, where somebody approves whatever no money was reserved for yet: since it was made its purchases may have
 * been paid where they come from, so nothing is taken by itself, and no approval of before holds. What costs nothing goes
 * on, and so do orders, which no browser makes.
 */
export function askedAnew(copy: TableCopy): TableCopy {
  const { purchases } = copy.tables;
  if (purchases === undefined) return copy;
  const { columns, rows } = purchases;
  return {
    ...copy,
    tables: { ...copy.tables, purchases: { columns, rows: rows.map((row) => asked(columns, row)) } },
  };
}

const CHOSEN = ['offered', 'approved'];

function asked(columns: readonly string[], row: Row): Row {
  const valueOf = (column: string) => row[columns.indexOf(column)];
  const state = String(valueOf('state'));
  const isFree = valueOf('offer_exchange') === 'free';
  if (valueOf('order_id') !== null || isFree || ![...CHOSEN, 'requested'].includes(state)) return row;
  const changed: Readonly<Record<string, null | string>> = {
    ...NO_OFFER_COLUMNS,
    state: 'requested',
    approval: 'ask',
  };
  return row.map((value, place) => {
    const to = changed[columns[place] ?? ''];
    return to === undefined ? value : to;
  });
}
