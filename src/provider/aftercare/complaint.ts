import type { MoneyState } from '../../ledger/index.ts';
import type { JobMessage } from '../../protocol/index.ts';
import type { ProviderContext } from '../context.ts';
import { createMinuteCounts } from '../minute-counts.ts';

/** A customer says that it paid for what did not come, or for what is of no use. */
type Complaint = Extract<JobMessage, { readonly type: 'complaint' }>;

/** Words of a customer that are passed on. */
const MAX_WORDS = 500;

/** Complaints of one customer that are passed on in a minute, and of all together about jobs that nobody paid for. */
const PER_CUSTOMER = 10;
const UNPAID = 30;
/** Jobs, paid and not, of which is remembered that a complaint was passed on; the oldest is forgotten first. */
const MAX_HEARD = 10_000;

/** Nothing was paid in these states, or nothing that is still here. */
const UNPAID_MONEY: ReadonlySet<MoneyState> = new Set(['none', 'quoted', 'lapsed', 'released']);

/**
 * Passes a customer's complaint about its own job on to whoever runs this provider: whether money goes back for work
 * that was delivered, a person decides. Of each job one complaint is passed on, and again after a restart. A customer
 * that complains without end silences nobody else, and who got work for nothing nobody who paid.
 */
export function createComplaintDesk(context: ProviderContext): (message: Complaint) => Promise<void> {
  const heard = { paid: new Set<string>(), unpaid: new Set<string>() };
  const countIn = createMinuteCounts();

  return async ({ id, requestId, authorPubkey, text }) => {
    const sale = await context.ledger.sales.get(context.signer.pubkey, requestId);
    if (sale?.customerPubkey !== authorPubkey) return;
    const side = UNPAID_MONEY.has(sale.money) ? 'unpaid' : 'paid';
    if (heard[side].has(requestId) || countIn(authorPubkey, context.now()) > PER_CUSTOMER) return;
    if (side === 'unpaid' && countIn('unpaid', context.now()) > UNPAID) return;
    remember(heard[side], requestId);
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

function remember(jobs: Set<string>, requestId: string): void {
  const [oldest] = jobs;
  if (jobs.size >= MAX_HEARD && oldest !== undefined) jobs.delete(oldest);
  jobs.add(requestId);
}

/** A stranger's words, without what could steer a terminal. */
function inOneLine(text: string): string {
  return text.slice(0, MAX_WORDS).replaceAll(/[\p{C}\s]+/gu, ' ');
}
