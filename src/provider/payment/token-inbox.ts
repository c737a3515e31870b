import { pause } from '../../clock/index.ts';
import type { JobMessage } from '../../protocol/index.ts';
import type { ProviderContext } from '../context.ts';
import type { SaleLoop } from '../sale-loop.ts';
import { awaitsToken } from './token.ts';

/** How long a mint that does not answer is left alone before it is asked again. */
const ASK_AGAIN_MS = 2000;

/** Ecash that a customer sent. */
type TokenMessage = Extract<JobMessage, { type: 'token' }>;

/**
 * Hears the ecash that a customer sends for its job (`ecash-htlc`), and asks again while the mint does not answer
 * and the offer stands.
 */
export function createTokenInbox(context: ProviderContext, loop: SaleLoop): (message: TokenMessage) => void {
  /** Sales whose mint is asked again; one token of each is enough. */
  const asking = new Set<string>();

  async function hear(message: TokenMessage): Promise<void> {
    const { requestId, authorPubkey, token } = message;
    const sale = await context.ledger.sales.get(context.signer.pubkey, requestId);
    if (sale === null || sale.customerPubkey !== authorPubkey || !awaitsToken(sale)) return;
    await loop.tokenReceived(sale, token);
    const after = await context.ledger.sales.get(context.signer.pubkey, requestId);
    if (after === null || !awaitsToken(after) || context.signal.aborted) return;
    await pause(ASK_AGAIN_MS, context.signal);
    await hear(message);
  }

  return (message) => {
    if (asking.has(message.requestId)) return;
    asking.add(message.requestId);
    void hear(message)
      .catch((error: unknown) => loop.broke(error, message.requestId))
      .finally(() => asking.delete(message.requestId));
  };
}
