import { join } from 'node:path';
import { openAccount } from '../account/index.ts';
import { traceJob } from '../customer/index.ts';
import { failure, success, type Outcome } from '../protocol/index.ts';
import type { Config } from './config.ts';
import type { Output } from './output.ts';

/** `coinop trace`: everything that relays show of one job, in order. The id may be shortened for own jobs. */
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
    output.rows(
      ['at', 'who', 'what', 'sats', 'event'],
      picture.timeline.map((entry) => ({
        at: new Date(entry.at * 1000).toISOString(),
        who: output.json ? entry.pubkey : entry.pubkey.slice(0, 12),
        what: entry.what,
        sats: entry.amountMsat === null ? null : Number(entry.amountMsat) / 1000,
        event: output.json ? entry.eventId : entry.eventId.slice(0, 16),
      })),
    );
    output.note(`${requestId}: ${picture.state}`);
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
