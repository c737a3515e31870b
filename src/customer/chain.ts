import { failure, success, type Outcome } from '../protocol/index.ts';
import type { Customer, Receipt, Wish } from './contract.ts';
import type { PurchaseFailureCode, WishFailureCode } from './errors.ts';

/**
 * Buys several wishes one after the other, where each works on the result of the one before: it gets a `job`
 * input (NIP-90) that names the previous request, and a `chain` tag that names the very result it builds on.
 * Stops at the first that fails, with that failure's code and `data.step`, `data.completed` (request ids).
 */
export async function buyChain(
  customer: Customer,
  wishes: readonly Wish[],
): Promise<Outcome<readonly Receipt[], WishFailureCode | PurchaseFailureCode>> {
  const receipts: Receipt[] = [];
  for (const wish of wishes) {
    const bought = await buyOne(customer, onTopOf(receipts.at(-1), wish));
    if (!bought.ok) {
      const { code, message, data } = bought.failure;
      const completed = receipts.map(({ requestId }) => requestId);
      return failure(code, message, { ...data, step: receipts.length, completed });
    }
    receipts.push(bought.value);
  }
  return success(receipts);
}

async function buyOne(
  customer: Customer,
  wish: Wish,
): Promise<Outcome<Receipt, WishFailureCode | PurchaseFailureCode>> {
  const opened = await customer.buy(wish);
  return opened.ok ? opened.value.result() : opened;
}

function onTopOf(previous: Receipt | undefined, wish: Wish): Wish {
  if (previous === undefined) return wish;
  const { requestId, resultEvent } = previous;
  return {
    ...wish,
    inputs: [{ data: requestId, type: 'job' }, ...wish.inputs],
    chain: new Map([...(wish.chain ?? []), [requestId, resultEvent.id]]),
  };
}
