import type { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Shop } from '../shop.ts';
import { answer, failed } from '../tool-answer.ts';
import { findPurchase, JobId, JobWithQuotes, jobUnknown, showJob } from './show-job.ts';
import { progressTeller } from './waiting.ts';

const Input = z.object({
  job_id: JobId,
  wait_seconds: z
    .number()
    .int()
    .min(0)
    .max(300)
    .default(0)
    .describe('Waits so long for the end, or for offers; ends earlier when there is news to act on.'),
});

/** Adds `job_status`: how a job stands, and what to do next. */
export function addJobStatus(server: McpServer, shop: Shop): void {
  server.registerTool(
    'job_status',
    {
      title: 'Job status',
      description:
        'Says how a job and its money stand, lists quotes while one can be bought, and says what to do next. Safe to call at any time, also after a timeout or restart.',
      inputSchema: Input,
      outputSchema: JobWithQuotes,
      annotations: { readOnlyHint: true, openWorldHint: true },
    },
    async ({ job_id, wait_seconds }, context) => {
      const before = await findPurchase(shop, job_id);
      if (before === null) return failed(jobUnknown(job_id));
      const tell = progressTeller(context);
      const now = await showJob(shop, before);
      if (wait_seconds === 0 || now.status === 'quoted') return answer(now);
      await shop.jobs.wait(job_id, {
        ms: wait_seconds * 1000,
        signal: context.mcpReq.signal,
        listen: (update) => {
          tell(update);
          return update.type === 'awaiting-approval';
        },
      });
      return answer(await showJob(shop, (await findPurchase(shop, job_id)) ?? before));
    },
  );
}
