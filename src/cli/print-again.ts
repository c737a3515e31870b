import type { Customer } from '../customer/index.ts';
import { success, type Outcome } from '../protocol/index.ts';
import { saveResult } from './buy/save-file.ts';
import { withoutControls, type Output } from './output.ts';

/** Prints a result that was bought: from the books, the relays, or its provider. Fails as `Customer.resend`. */
export async function printAgain(
  requestId: string,
  from: {
    readonly customer: Customer;
    readonly output: Output;
    readonly signal: AbortSignal;
    readonly timeoutMs?: number;
  },
): Promise<Outcome<void>> {
  const { customer, output, ...options } = from;
  const resent = await customer.resend(requestId, options);
  if (!resent.ok) return resent;
  const { content, file, resultEvent, source } = resent.value;
  const saved = await saveResult({ requestId, content, file }, undefined);
  if (saved !== null) output.note(`saved ${saved.bytes} bytes to ${saved.path}`);
  if (output.asked)
    output.facts({ requestId, content, source, provider: resultEvent.pubkey, result: resultEvent.id });
  else output.data(output.json ? content : withoutControls(content));
  return success(undefined);
}
