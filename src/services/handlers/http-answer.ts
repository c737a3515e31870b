import type { FetchedBody } from '../../http/index.ts';
import { JobFailure, type JobOutput } from '../../provider/index.ts';
import { decodeText, meaningOf, outputOf, parseJson, readHandlerMessage } from './handler-message.ts';

const MESSAGE_STREAMS = ['application/x-ndjson', 'application/jsonl', 'text/event-stream'];
const MESSAGE_TYPES: readonly unknown[] = ['progress', 'partial', 'result', 'error'];

/** A Content-Type header without its parameters, in lower case. */
export function mediaTypeOf(contentType: string | null): string {
  return contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/** Whether an answer of this type is a stream of messages, one in a line. */
export function isMessageStream(contentType: string | null): boolean {
  return MESSAGE_STREAMS.includes(mediaTypeOf(contentType));
}

/** What an answer in one piece says. Throws `JobFailure` as `readHandlerMessage` does. */
export async function bodyOutput({ body, contentType }: FetchedBody): Promise<JobOutput> {
  const mediaType = mediaTypeOf(contentType);
  if (body.length === 0) throw new JobFailure('handler-output-invalid', 'The answer is empty.');
  if (mediaType === 'application/json' || mediaType.endsWith('+json')) return jsonOutput(body, mediaType);
  if (!mediaType.startsWith('text/'))
    return { file: { bytes: body, mediaType: mediaType === '' ? 'application/octet-stream' : mediaType } };
  return { content: decodeText(body), ...(mediaType === 'text/plain' ? {} : { mediaType }) };
}

/** A message, or JSON of the service's own, which is the result as it stands. */
async function jsonOutput(body: Uint8Array, mediaType: string): Promise<JobOutput> {
  const content = decodeText(body);
  const json = parseJson(content);
  if (json === undefined)
    throw new JobFailure('handler-output-invalid', 'The service answered in a way that is not understood.');
  if (!isMessage(json)) return { content, mediaType };
  const said = meaningOf(readHandlerMessage(body));
  if (said.type === 'result') return outputOf(said, null);
  throw new JobFailure('handler-output-invalid', 'The answer ended without a result.');
}

function isMessage(json: unknown): boolean {
  return typeof json === 'object' && json !== null && 'type' in json && MESSAGE_TYPES.includes(json.type);
}
