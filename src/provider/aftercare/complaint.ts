import type { JobMessage } from '../../protocol/index.ts';
import type { ProviderContext } from '../context.ts';

/** A customer says that it paid for what did not come, or for what is of no use. */
type Complaint = Extract<JobMessage, { readonly type: 'complaint' }>;

/** Words of a customer that are passed on. */
const MAX_WORDS = 500;

/**
 * Passes a customer's complaint about its own job on to whoever runs this provider: whether money goes back for work
 * that was delivered, a person decides. Of each job one complaint is passed on, and again after a restart.
 */
export function createComplaintDesk(context: ProviderContext): (message: Complaint) => Promise<void> {
  const heard = new Set<string>();

  return async ({ id, requestId, authorPubkey, text }) => {
    if (heard.has(requestId) || heard.size >= MAX_HEARD) return;
    const sale = await context.ledger.sales.get(context.signer.pubkey, requestId);
    if (sale?.customerPubkey !== authorPubkey) return;
    heard.add(requestId);
    context.onTrouble(
      {
        code: 'complaint',
        message: `The customer of job ${requestId.slice(0, 16)} complains: ${inOneLine(text)}`,
        data: { messageId: id, words: text.slice(0, MAX_WORDS), work: sale.work, money: sale.money },
      },
      sale,
    );
  };
}

/** A stranger's words, without what could steer a terminal. */
function inOneLine(text: string): string {
  return text.slice(0, MAX_WORDS).replaceAll(/[\p{C}\s]+/gu, ' ');
}

/** Jobs of which one complaint each is passed on; a customer that says more talks to a person already. */
const MAX_HEARD = 10_000;
