import type { Sale } from '../../ledger/index.ts';
import {
  failure,
  formatSats,
  msat,
  success,
  type JobRequest,
  type Msat,
  type Outcome,
} from '../../protocol/index.ts';
import { balanceMessage } from '../balance/tell.ts';
import { move, type SaleMover } from '../context.ts';
import { requestInAnyCase } from '../next-move.ts';
import { beginWork } from '../payment/receive-money.ts';
import { endWithError, STOPPED_BY_PROVIDER } from '../refuse.ts';
import { judgeRefund, judgeRetry, type RefundSaleCode, type RetrySaleCode } from './judge.ts';

/** Whose sales are decided on by hand: the provider that sold them, with its books. */
export type SaleOperator = Pick<SaleMover, 'signer' | 'ledger' | 'relayUrls' | 'now'>;

/** `no-such-sale`: this provider sold nothing for that request. `kept-moving`: try again, others were always faster. */
export type DecisionCode = 'no-such-sale' | 'kept-moving';

/** A sale that moved between our reading and our deciding is read again this often. */
const MAX_READS = 10;

/**
 * Gives back what was paid for a sale, by hand: a job that is not done ends, one that was delivered is given back as
 * goodwill, all of it or `amountMsat`. The debt is committed here; whichever process sells for this key pays it, once,
 * as it pays every refund. What was drawn from a balance is in it again with that commit. Comes back as committed. Fails with a `RefundSaleCode` or a `DecisionCode`.
 */
export async function refundSale(
  operator: SaleOperator,
  wanted: { readonly requestId: string; readonly amountMsat: Msat | null },
): Promise<Outcome<Sale, RefundSaleCode | DecisionCode>> {
  return decide(operator, wanted.requestId, async (mover, sale, receivedMsat) => {
    const judged = judgeRefund(sale, {
      receivedMsat,
      amountMsat: wanted.amountMsat,
      now: operator.now(),
    });
    if (!judged.ok) return judged;
    if (!judged.value.ends) {
      const { change, amountMsat } = judged.value;
      const isDrawn = change.money === undefined; // it is in the balance again by this very move
      const publish = isDrawn ? [await creditedMessage(operator, sale, amountMsat)] : [];
      return success(await move(mover, sale, { ...change, publish }));
    }
    const end = { work: 'failed', failure: STOPPED_BY_PROVIDER } as const;
    return success(await withRequest(sale, mover, (request) => endWithError(mover, sale, request, end)));
  });
}

/**
 * Tries a job again that failed or expired, by hand, with all its attempts and a new deadline, and tells the customer.
 * Whichever process sells for this key does it. Comes back as committed. Fails with a `RetrySaleCode` or a
 * `DecisionCode`.
 */
export async function retrySale(
  operator: SaleOperator,
  requestId: string,
): Promise<Outcome<Sale, RetrySaleCode | DecisionCode>> {
  return decide(operator, requestId, async (mover, sale, receivedMsat) => {
    const judged = judgeRetry(sale, receivedMsat);
    if (!judged.ok) return judged;
    return success(
      await withRequest(sale, mover, async (request) =>
        move(mover, sale, { ...judged.value, ...(await beginWork(mover, sale, request)) }),
      ),
    );
  });
}

/** Tells a customer what is in its balance again. */
function creditedMessage(
  operator: SaleOperator,
  { requestId, customerPubkey }: Sale,
  amountMsat: Msat,
): ReturnType<typeof balanceMessage> {
  const text = `${formatSats(amountMsat)} that were drawn for this job are in your balance here again.`;
  const draft = { type: 'note', requestId, text, createdAt: operator.now() } as const;
  return balanceMessage(operator, customerPubkey, draft);
}

/** Decides on the sale as it stands; what somebody else moved meanwhile is read and decided on anew. */
async function decide<Code extends string>(
  operator: SaleOperator,
  requestId: string,
  attempt: (mover: SaleMover, sale: Sale, receivedMsat: Msat) => Promise<Outcome<Sale | null, Code>>,
): Promise<Outcome<Sale, Code | DecisionCode>> {
  const { ledger, signer } = operator;
  const mover: SaleMover = { ...operator, onChange: () => undefined, onTrouble: () => undefined };
  for (let reads = 0; reads < MAX_READS; reads++) {
    const sale = await ledger.sales.get(signer.pubkey, requestId);
    if (sale === null) return failure('no-such-sale', 'Nothing was sold here for that request.');
    const receipts = await ledger.sales.receipts(sale);
    const receivedMsat = msat(receipts.reduce<bigint>((sum, { amountMsat }) => sum + amountMsat, 0n));
    const done = await attempt(mover, sale, receivedMsat);
    if (!done.ok) return done;
    if (done.value !== null) return success(done.value);
  }
  return failure('kept-moving', 'The sale kept changing while it was decided on: try again.');
}

/** The request as far as it can be read here; what a broken one asked for cannot be answered. */
async function withRequest(
  sale: Sale,
  mover: SaleMover,
  proceed: (request: JobRequest) => Promise<Sale | null>,
): Promise<Sale | null> {
  const request = await requestInAnyCase(mover, sale);
  if (request === null) throw new Error(`The request of the sale ${sale.requestId} cannot be parsed.`);
  return proceed(request);
}
