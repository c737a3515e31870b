import type { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { JobView } from '../job-view.ts';
import type { Shop } from '../shop.ts';
import { answer, failed, toolFailure } from '../tool-answer.ts';
import { findPurchase, JobId, jobUnknown, showBareJob } from './show-job.ts';

const Input = z.object({
  job_id: JobId,
  reason: z.string().max(200).default('').describe('For the provider to read; public.'),
});

/** Adds `cancel`: withdraws a job. */
export function addCancel(server: McpServer, shop: Shop): void {
  server.registerTool(
    'cancel',
    {
      title: 'Cancel a job',
      description:
        'Withdraws a job. Before the payment that ends it and nothing is spent. Later the provider is told, and the money is followed to its end: locked money comes back unless the result arrives.',
      inputSchema: Input,
      outputSchema: JobView,
      annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: true },
    },
    async ({ job_id, reason }) => {
      const purchase = await findPurchase(shop, job_id);
      if (purchase === null) return failed(jobUnknown(job_id));
      const cancelled = await shop.customer.cancel(job_id, reason);
      const job = await showBareJob(shop, (await findPurchase(shop, job_id)) ?? purchase);
      if (cancelled.ok || job.failure?.code === 'cancelled') return answer(job);
      return failed({
        ...toolFailure(cancelled.failure, job.next),
        possiblySpent: job.possibly_spent,
        data: { job },
      });
    },
  );
}
