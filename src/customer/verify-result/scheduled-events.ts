import { isHex32, isRecord, parseJson, type JobRequest } from '../../protocol/index.ts';
import type { ResultEvidence } from './evidence.ts';
import type { ResultCheck } from './verdict.ts';

/** Events of one request that are looked up. */
const MAX_EVENTS = 20;

/**
 * Kind 5905, publishing at a time: whether the result names the events that were handed over, and whether relays show
 * them.
 */
export async function checkScheduledEvents(
  request: JobRequest,
  content: string,
  { findEvent }: ResultEvidence,
): Promise<ResultCheck[]> {
  const asked = request.inputs.map(({ data }) => idOf(parseJson(data)));
  const ids = asked.filter((id) => id !== null);
  if (ids.length === 0 || ids.length < asked.length || ids.length > MAX_EVENTS)
    return [event(null, 'The request does not say clearly what to publish.')];
  const isNamed = ids.some((id) => content.includes(id));
  const named = isNamed
    ? event(true, 'The result names what was handed over.')
    : event(
        /\b[0-9a-f]{64}\b/.test(content) ? false : null,
        'The result does not name what was handed over.',
      );
  if (!isNamed || findEvent === undefined) return [named];
  const found = await Promise.all(ids.map(findEvent));
  const shown = found.filter((each) => each !== null).length;
  const detail = `${shown} of ${ids.length} events are on the relays that were asked.`;
  return [named, { name: 'published', ok: shown === ids.length ? true : null, detail, proves: true }];
}

function event(ok: ResultCheck['ok'], detail: string): ResultCheck {
  return { name: 'event', ok, detail };
}

function idOf(told: unknown): string | null {
  return isRecord(told) && isHex32(told['id']) ? told['id'] : null;
}
