import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import type { GatewayContext } from './context.ts';
import { describeJob } from './job-answer.ts';
import { isDecided, type GatewayJob } from './job.ts';

/** Proxies and clients give up on a stream that says nothing for longer. */
const SIGN_OF_LIFE_MS = 15_000;

/**
 * The events of a job as server-sent events: how it stands, then `state`, `progress`, `partial` and `result` until it
 * is decided. A client that names the last event it has seen goes on behind that; one that has seen all is told not to
 * come again (204).
 */
export function streamJobEvents(
  c: Context,
  { jobs, feeds, signal }: GatewayContext,
  { job, jobUrl, onEnd }: { readonly job: GatewayJob; readonly jobUrl: string; readonly onEnd: () => void },
): Response {
  const lastId = c.req.header('last-event-id') ?? null;
  const place = feeds.placeOf(job.id, lastId);
  if (isDecided(job.state) && place === 'last') {
    onEnd();
    return new Response(null, { status: 204 });
  }
  return streamSSE(c, async (stream) => {
    const gone = new AbortController();
    stream.onAbort(() => gone.abort());
    const alive = setInterval(() => void stream.write(': alive\n\n'), SIGN_OF_LIFE_MS);
    try {
      if (place === 'unknown')
        await stream.writeSSE({ event: 'job', data: JSON.stringify(describeJob(job, jobUrl)) });
      if (place === 'unknown' && isDecided(job.state)) return;
      for await (const event of feeds.follow(job.id, lastId, AbortSignal.any([gone.signal, signal]))) {
        await stream.writeSSE({ id: event.id, event: event.type, data: JSON.stringify(event.data) });
        const now = event.type === 'state' ? await jobs.get(job.id) : job;
        if (now === null || isDecided(now.state)) return;
      }
    } finally {
      clearInterval(alive);
      onEnd();
    }
  });
}
