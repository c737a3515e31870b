import type { Ledger, Sale } from '../../../../src/ledger/index.ts';
import { failure, isPaidInEcash, type Failure } from '../../../../src/protocol/index.ts';

const MAX_OPEN = 1_000;
const IN_MOTION: ReadonlySet<string> = new Set(['locked', 'settling', 'refunding', 'unreconciled']);
const IN_HAND: ReadonlySet<string> = new Set(['accepted', 'working', 'ready']);

/**
 * Why the wallet of a worker must stay the same for now, and until when; `null` when it need not. What is in it for work
 * in hand could go back from another one just as well, and from none not at all.
 */
export async function walletNeeded(
  ledger: Ledger,
  providerPubkey: string,
  { isReplaced }: { readonly isReplaced: boolean },
): Promise<Failure | null> {
  const open = await ledger.sales.listOpen({ providerPubkey, limit: MAX_OPEN });
  const sales = open.filter(isOfWallet);
  const moving = sales.filter(({ money }) => IN_MOTION.has(money));
  if (moving.length > 0)
    return failure(
      'payment-open',
      'The money of a job is on its way to or from this wallet, which alone knows its end: wait until the workbench shows the job as settled.',
      { jobs: moving.map(({ requestId }) => requestId) },
    ).failure;
  const paid = isReplaced ? [] : sales.filter(isPaidWork);
  if (paid.length > 0)
    return failure(
      'work-paid',
      `Jobs that were paid into this wallet are in hand (${paid.length}): should one fail, it pays the customer back. Deliver them, give them up, or connect another wallet in its place.`,
      { jobs: paid.map(({ requestId }) => requestId), count: paid.length },
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

/** Money of the customer that is in the wallet, for work that is not done. */
function isPaidWork({ work, money }: Sale): boolean {
  return money === 'settled' && IN_HAND.has(work);
}

/** What is paid in ecash comes and goes without the wallet, unless Lightning gives it back. */
function isOfWallet({ exchange, money, refund }: Sale): boolean {
  return !isPaidInEcash(exchange) || (money === 'refunding' && refund?.via !== 'ecash');
}
