import type { OrderReceipt, Receipt } from '../../customer/index.ts';
import type { Config } from '../config.ts';
import { withoutControls, type Output } from '../output.ts';
import { saveResult } from './save-file.ts';

/** What was bought: the jobs in order, of which the last brought what was asked for; none by a dry run. */
export interface Bought {
  readonly receipts: readonly Receipt[];
  /** Where several purchases were made for the last of them. */
  readonly order: OrderReceipt | null;
}

/** Prints the result, or with `--json` everything about it; a file is saved, as `saveResult` says. */
export async function reportBought(
  { receipts, order }: Bought,
  saveTo: string | undefined,
  config: Config,
  output: Output,
): Promise<void> {
  const last = receipts.at(-1);
  if (!last) return;
  const saved = await saveResult(last, saveTo);
  if (saved !== null) output.note(`saved ${saved.bytes} bytes to ${saved.path}`);
  // In a pipe the bytes go on as they are; at a terminal a stranger's text must not steer it.
  if (!output.asked) return output.data(output.json ? last.content : withoutControls(last.content));
  output.facts({
    content: last.content,
    ...(saved && { file: saved }),
    playMoney: config.localMarket,
    jobs: receipts.map((receipt) => ({
      requestId: receipt.requestId,
      provider: receipt.providerPubkey,
      exchange: receipt.exchange,
      amountMsat: receipt.amountMsat,
      feePaidMsat: receipt.feePaidMsat,
      preimage: receipt.preimage,
      settlement: receipt.settlement,
      result: receipt.resultEvent.id,
    })),
    ...(order && {
      order: {
        orderId: order.orderId,
        why: order.why,
        spentMsat: order.spentMsat,
        purchases: order.purchases,
      },
    }),
  });
}
