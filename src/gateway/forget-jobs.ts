import { findUnpaid } from './client-payment.ts';
import type { GatewayContext } from './context.ts';
import type { JobRunner } from './job-runner.ts';
import { KEEP_SECONDS } from './token.ts';

/** Whoever has an old quote in hand is told so for this long. */
const KEEP_LAPSED_SECONDS = 3_600;
/** So many payments are looked up at a time. */
const MAX_LOOKS = 50;

/**
 * Forgets what nobody needs any more. A lapsed quote is looked up once more and goes only when its invoice is surely
 * unpaid: one that was paid after all is done, and one of which the wallet says anything else is kept and told of.
 */
export async function forgetJobs(context: GatewayContext, runner: JobRunner): Promise<void> {
  const { jobs, now, onTrouble } = context;
  await jobs.forgetEnded(now() - KEEP_SECONDS);
  for (const id of await jobs.listLapsed(now() - KEEP_LAPSED_SECONDS, MAX_LOOKS)) {
    const job = await jobs.get(id);
    if (job === null || context.signal.aborted) continue;
    const found = await findUnpaid(context, job);
    if (found === 'unknown') return; // the wallet does not answer: another time
    if (found === 'unpaid') await jobs.forgetLapsed(id);
    else if (found === 'paid') runner.lookIfIdle(id);
    else {
      const message = `The wallet has money for a lapsed quote that is not its price (payment ${job.quote.invoice?.paymentHash}): look into it.`;
      onTrouble({ code: 'payment-unclear', message });
      await jobs.postponeLapsed(id, now());
    }
  }
}
