import { isRecord, parseJson } from '../../protocol/index.ts';
import type { CopiedTable, TableCopy } from '../../store/browser.ts';

const FORMAT = 'coinop-books-1';
/** Enough for some hundred thousand jobs. */
const MAX_TEXT_CHARS = 400_000_000;
const MAX_DIGITS = 20;

type Value = CopiedTable['rows'][number][number];

/** Writes a copy of books down as JSON. */
export function writeCopy(copy: TableCopy): string {
  return JSON.stringify({ format: FORMAT, ...copy }, (_, value: unknown) =>
    typeof value === 'bigint' ? { $big: value.toString() } : value,
  );
}

/** Reads what `writeCopy` wrote; `null` for anything else. */
export function readCopy(text: string): TableCopy | null {
  const read = text.length > MAX_TEXT_CHARS ? null : parseJson(text);
  if (!isRecord(read) || read['format'] !== FORMAT) return null;
  const { tables } = read;
  const schema = readValue(read['schema']);
  if (!isRecord(tables) || typeof schema !== 'number') return null;
  const copied = Object.entries(tables).map(([name, table]) => [name, readTable(table)] as const);
  if (copied.some(([, table]) => table === null)) return null;
  return {
    schema,
    tables: Object.fromEntries(copied.flatMap(([name, table]) => (table ? [[name, table]] : []))),
  };
}

function readTable(table: unknown): CopiedTable | null {
  if (!isRecord(table) || !Array.isArray(table['columns']) || !Array.isArray(table['rows'])) return null;
  const columns = table['columns'].filter((column): column is string => typeof column === 'string');
  const rows: Value[][] = [];
  for (const row of table['rows']) {
    if (!Array.isArray(row) || row.length !== columns.length) return null;
    const values = row.map(readValue);
    const known = values.filter((value) => value !== undefined);
    if (known.length !== values.length) return null;
    rows.push(known);
  }
  return columns.length === table['columns'].length ? { columns, rows } : null;
}

function readValue(value: unknown): Value | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value;
  const digits = isRecord(value) ? value['$big'] : undefined;
  if (typeof digits !== 'string' || digits.length > MAX_DIGITS || !/^-?\d+$/.test(digits)) return undefined;
  return BigInt(digits);
}
