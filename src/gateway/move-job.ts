import type { GatewayContext } from './context.ts';
import type { GatewayJob, GatewayJobChange } from './job.ts';

/**
 * Commits a move and tells the followers of the job. Where another process moved the job first it is read again, and
 * the next look decides anew.
 */
export async function moveJob(
  { jobs, feeds, now }: GatewayContext,
  job: GatewayJob,
  change: Omit<GatewayJobChange, 'at'>,
): Promise<GatewayJob | null> {
  const moved = await jobs.change(job, { ...change, at: now() });
  if (moved === null) return jobs.get(job.id);
  const { id, state, failure: why } = moved;
  if (state !== job.state)
    feeds.tell(id, { type: 'state', data: { state, ...(why === null ? {} : { failure: why }) } });
  return moved;
}
