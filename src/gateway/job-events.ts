import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import type { GatewayContext } from './context.ts';
import { describeJob } from './job-answer.ts';
import { isDecided, type GatewayJob, type GatewayState } from './job.ts';

/** Proxies and clients give up on a stream that says nothing for longer. */
const SIGN_OF_LIFE_MS = 15_000;

/** Nothing is told of such a job any more, unless it is paid after all. */
function isSilent(state: GatewayState): boolean {
  return isDecided(state) || state === 'lapsed';
}

/**
 * The events of a job as server-sent events: how it stands, then `state`, `progress`, `partial` and `result` until it
 * is decided or lapsed, or the stream has lasted long enough. A client that names the last event it has seen goes on behind that; one that has seen all is told not to
 * come again (204).
 */
export function streamJobEvents(
  c: Context,
  { jobs, feeds, limits, signal }: GatewayContext,
  { job, jobUrl, onEnd }: { readonly job: GatewayJob; readonly jobUrl: string; readonly onEnd: () => void },
): Response {
  const lastId = c.req.header('last-event-id') ?? null;
  const place = feeds.placeOf(job.id, lastId);
  const isOver = isSilent(job.state);
  if (isOver && place === 'last') {
    onEnd();
    return new Response(null, { status: 204 });
  }
  return streamSSE(c, async (stream) => {
    const gone = new AbortController();
    stream.onAbort(() => gone.abort());
    const tooLong = setTimeout(() => gone.abort(), limits.streamSeconds * 1_000);
    const alive = setInterval(() => void stream.write(': alive\n\n'), SIGN_OF_LIFE_MS);
    const write = (event: string, data: unknown, id?: string) =>
      stream.writeSSE({ event, data: JSON.stringify(data), ...(id === undefined ? {} : { id }) });
    try {
      if (isOver) return await write('job', describeJob(job, jobUrl), feeds.lastId(job.id));
      if (place === 'unknown') await write('job', describeJob(job, jobUrl));
      for await (const event of feeds.follow(job.id, lastId, AbortSignal.any([gone.signal, signal]))) {
        const ended = event.type === 'state' && isSilent(event.data.state) ? await jobs.get(job.id) : null;
        if (ended?.state === 'done') await write('result', describeJob(ended, jobUrl)['result']);
        await write(event.type, event.data, event.id);
        if (ended !== null) return;
      }
    } finally {
      clearTimeout(tooLong);
      clearInterval(alive);
      onEnd();
    }
  });
}
