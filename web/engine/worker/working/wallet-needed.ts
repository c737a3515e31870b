import type { Ledger } from '../../../../src/ledger/index.ts';
import { failure, type Failure } from '../../../../src/protocol/index.ts';

const MAX_OPEN = 1_000;
const IN_MOTION: ReadonlySet<string> = new Set(['locked', 'settling', 'refunding', 'unreconciled']);

/** Why the wallet of a worker must stay the same for now, and until when; `null` when it need not. */
export async function walletNeeded(ledger: Ledger, providerPubkey: string): Promise<Failure | null> {
  const sales = await ledger.sales.listOpen({ providerPubkey, limit: MAX_OPEN });
  const moving = sales.filter(({ money }) => IN_MOTION.has(money));
  if (moving.length > 0)
    return failure(
      'payment-open',
      'The money of a job is on its way to or from this wallet, which alone knows its end: wait until the workbench shows the job as settled.',
      { jobs: moving.map(({ requestId }) => requestId) },
    ).failure;
  const offers = sales.filter(({ money }) => money === 'quoted');
  if (offers.length === 0) return null;
  const until = Math.max(...offers.map(({ quote }) => quote?.validUntil ?? 0));
  return failure(
    'offers-open',
    `Customers can still pay your offers into this wallet (${offers.length}), the last until ${new Date(until * 1000).toISOString()}: wait until then, and make no further offers.`,
    { jobs: offers.map(({ requestId }) => requestId), count: offers.length, until },
  ).failure;
}
