import { wrapFor } from '../../keys/index.ts';
import {
  failure,
  orThrow,
  parseJobRequest,
  success,
  wrapJobMessage,
  type Outcome,
} from '../../protocol/index.ts';
import { answerRelays, type ProviderContext } from '../context.ts';

/** `no-such-sale`: nothing was asked here by that request. `invalid-words`: none, or more than 20,000 characters. */
export type WordsFailureCode = 'no-such-sale' | 'invalid-words';

const MAX_CHARS = 20_000;
/** A customer that comes back within a month reads what was written to it. */
const WORTH_SECONDS = 30 * 86_400;

/** Writes to the customer of a sale in private (NIP-59); the outbox sends it, to our relays and those of the request. */
export async function writeToCustomer(
  context: ProviderContext,
  requestId: string,
  words: { readonly type: 'question' | 'note'; readonly text: string },
): Promise<Outcome<void, WordsFailureCode>> {
  if (words.text.trim() === '' || words.text.length > MAX_CHARS)
    return failure('invalid-words', `Write 1 to ${MAX_CHARS} characters.`);
  const sale = await context.ledger.sales.get(context.signer.pubkey, requestId);
  if (sale === null) return failure('no-such-sale', 'Nothing was asked here by that request.');
  const createdAt = context.now();
  const request = parseJobRequest(sale.request);
  const wrap = await wrapJobMessage(
    { ...words, requestId, createdAt },
    wrapFor(sale.customerPubkey, context.signer, createdAt),
  );
  const where = answerRelays(context, request.ok ? request.value.relays : []);
  await context.ledger.outbox.enqueue([
    { event: orThrow(wrap), ...where, expiresAt: createdAt + WORTH_SECONDS },
  ]);
  return success(undefined);
}
