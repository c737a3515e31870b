import type { Customer, PurchaseHandle } from '../../customer/index.ts';
import { success, type Outcome } from '../../protocol/index.ts';
import type { Config } from '../config.ts';
import { sayNextSteps } from '../next-steps.ts';
import type { Output } from '../output.ts';
import { startProgress } from '../progress.ts';
import { reportBought } from './report.ts';
import { showPurchase } from './show-purchase.ts';

/** Shows a purchase that was agreed on until its end, and prints its result. Fails as the purchase. */
export async function seeThrough(
  followed: PurchaseHandle,
  at: {
    readonly kind: number;
    readonly customer: Customer;
    readonly config: Config;
    readonly output: Output;
    readonly saveTo?: string | undefined;
  },
): Promise<Outcome<void>> {
  const { kind, customer, config, output, saveTo } = at;
  const progress = startProgress(process.stderr);
  try {
    const expected = { kind, relays: config.relayUrls.length, sellers: null };
    void showPurchase(followed, expected, progress); // ends with the purchase
    const result = await followed.result();
    progress.stop();
    if (result.ok) await reportBought({ receipts: [result.value], order: null }, saveTo, config, output);
    else sayNextSteps(await customer.get(followed.requestId), output);
    return result.ok ? success(undefined) : result;
  } finally {
    progress.stop();
  }
}
