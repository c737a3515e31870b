import type { EarningsRow } from '../engine/index.ts';

const COLUMNS = [
  'asked_at',
  'ended_at',
  'request_id',
  'service',
  'kind',
  'customer_pubkey',
  'work',
  'money',
  'exchange',
  'earned_msat',
] as const;

/** The books as CSV (RFC 4180), times in ISO 8601, amounts in millisats; for programs, so alike in every language. */
export function earningsCsv(rows: readonly EarningsRow[]): string {
  const lines = rows.map((row) =>
    [
      isoOf(row.askedAt),
      isoOf(row.endedAt),
      row.requestId,
      row.skillId,
      String(row.kind),
      row.customerPubkey,
      row.work,
      row.money,
      row.exchange,
      row.amountMsat.toString(),
    ]
      .map(field)
      .join(','),
  );
  return `${[COLUMNS.join(','), ...lines].join('\r\n')}\r\n`;
}

/** A field that a table program can neither split nor take for a formula. */
function field(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

function isoOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
