import type { OrderReceipt, Wish } from '../../customer/index.ts';
import { formatSats, type Outcome } from '../../protocol/index.ts';
import { withFees } from '../config.ts';
import type { Buying } from './buy-one.ts';

/** Buys one wish by several purchases under one cap; what happens to each of them is shown at the end. */
export async function placeOrder(buying: Buying, wish: Wish): Promise<Outcome<OrderReceipt>> {
  const { args, session, progress } = buying;
  const { approval: _byItself, idempotencyKey, ...asked } = wish;
  const placed = await session.customer.order({
    wish: asked,
    maxTotalMsat: withFees(wish.maxAmountMsat),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    ...(args.redundancy === undefined ? {} : { redundancy: args.redundancy }),
    ...(args.hedge === undefined ? {} : { hedge: args.hedge }),
  });
  if (!placed.ok) return placed;
  const { orderId } = placed.value;
  progress.now(`kind ${wish.kind}: order ${orderId.slice(0, 12)}, asking several providers`, 5);
  const result = await placed.value.result();
  const purchases = result.ok ? result.value.purchases : await placed.value.purchases();
  for (const { requestId, providerPubkey, state, spentMsat } of purchases)
    progress.done(
      `kind ${wish.kind}: ${state}, ${formatSats(spentMsat)} to ${providerPubkey?.slice(0, 8) ?? 'nobody'} for job ${requestId}`,
    );
  if (result.ok) progress.done(`kind ${wish.kind}: ${result.value.why.join(', ')}`);
  return result;
}
