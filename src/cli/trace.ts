import { join } from 'node:path';
import { openAccount } from '../account/index.ts';
import { traceJob } from '../customer/index.ts';
import { failure, success, type Outcome } from '../protocol/index.ts';
import type { Config } from './config.ts';
import type { Output } from './output.ts';
import { traceRows } from './trace-rows.ts';

/**
 * `coinop trace`: everything that relays show of one job, in order, and what it amounts to. The id may be shortened for
 * own jobs.
 */
export async function trace(
  job: string,
  config: Config,
  output: Output,
  signal: AbortSignal,
): Promise<Outcome<void>> {
  const account = await openAccount({ ...config, dir: join(config.home, 'customer') });
  if (!account.ok) return account;
  try {
    const requestId = await wholeId(job, account.value);
    if (requestId === null)
      return failure(
        'invalid-argument',
        `${job} is neither a job id (64 hex characters) nor the beginning of one of yours.`,
      );
    const picture = await traceJob({ ...account.value, requestId, signal });
    if (picture.timeline.length === 0)
      return failure('job-unknown', 'No relay of ours knows this job.', { requestId });
    const whole = (id: string | null, length: number) => (output.json ? id : (id?.slice(0, length) ?? null));
    output.rows(
      ['at', 'who', 'what', 'sats', 'event', 'note'],
      traceRows(picture).map((row) => ({
        at: row.at === null ? null : new Date(row.at * 1000).toISOString(),
        who: whole(row.who, 12),
        what: row.what,
        sats: row.amountMsat === null ? null : Number(row.amountMsat) / 1000,
        event: whole(row.event, 16),
        note: row.note,
      })),
    );
    output.note(`${requestId}: ${picture.state}${picture.final ? ' (final)' : ''}`);
    return success(undefined);
  } finally {
    await account.value.close();
  }
}

async function wholeId(
  job: string,
  account: {
    ledger: { purchases: { listRecent(page: { limit: number }): Promise<readonly { requestId: string }[]> } };
  },
) {
  if (/^[0-9a-f]{64}$/.test(job)) return job;
  if (!/^[0-9a-f]{4,63}$/.test(job)) return null;
  const own = await account.ledger.purchases.listRecent({ limit: 1000 });
  const matches = own.filter(({ requestId }) => requestId.startsWith(job));
  return matches.length === 1 ? (matches[0]?.requestId ?? null) : null;
}
