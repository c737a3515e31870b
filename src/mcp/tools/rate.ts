import type { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Shop } from '../shop.ts';
import { answer, failed, toolFailure } from '../tool-answer.ts';
import { findPurchase, JobId, jobUnknown } from './show-job.ts';

const Input = z.object({
  job_id: JobId,
  stars: z.number().int().min(1).max(5).describe('1 useless, 3 good enough, 5 excellent.'),
  comment: z.string().max(2000).default('').describe('Public.'),
  publicly: z
    .boolean()
    .default(false)
    .describe('Rates an encrypted job too, which shows everybody who bought it from whom.'),
});

const Output = z.object({
  job_id: z.string(),
  review_id: z.string().describe('The signed event that carries the rating.'),
  shows_payment: z.boolean().describe('It proves that the job was paid, which makes it count for others.'),
});

/** Adds `rate`: tells the market how good a job was. */
export function addRate(server: McpServer, shop: Shop): void {
  server.registerTool(
    'rate',
    {
      title: 'Rate a job',
      description:
        'Publishes a rating of a job that has ended, with the proof of payment where there is one. Public and signed; a later rating replaces an earlier one. Also the way to complain about a job that was paid and not delivered.',
      inputSchema: Input,
      outputSchema: Output,
      annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: true },
    },
    async ({ job_id, stars, comment, publicly }) => {
      if ((await findPurchase(shop, job_id)) === null) return failed(jobUnknown(job_id));
      const reviewed = await shop.customer.review(job_id, {
        rating: (stars - 1) / 4,
        ...(comment === '' ? {} : { content: comment }),
        ...(publicly ? { publicly } : {}),
      });
      if (!reviewed.ok)
        return failed(toolFailure(reviewed.failure, 'See job_status for how the job stands.'));
      const { event, showsPayment } = reviewed.value;
      return answer({ job_id, review_id: event.id, shows_payment: showsPayment } satisfies z.infer<
        typeof Output
      >);
    },
  );
}
