import { setTimeout as pause } from 'node:timers/promises';
import { hostAndPort, type FetchedBody } from '../../http/index.ts';
import { createGuardedFetch } from '../../http/node.ts';
import type { Failure, Outcome } from '../../protocol/index.ts';
import {
  JobFailure,
  type JobContext,
  type JobHandler,
  type JobOutput,
  type JobProgress,
} from '../../provider/index.ts';
import { readSecret, type SecretSource } from '../secret-source.ts';
import { bodyOutput, isMessageStream } from './http-answer.ts';
import {
  meaningOf,
  outputOf,
  readHandlerMessage,
  saidFailure,
  type ResultMessage,
} from './handler-message.ts';
import { jobDocument } from './job-document.ts';
import { createFeed, createLineCutter } from './message-feed.ts';

/** An endpoint that does the work. */
export interface HttpEndpoint {
  /** May be private: the operator named it. */
  readonly url: string;
  /** Where the bearer token is read for each job; no Authorization header without it. */
  readonly tokenFrom?: SecretSource;
  /** For one answer, from the call to its last byte. */
  readonly timeoutMs: number;
  /** 16 MiB unless told. */
  readonly maxAnswerBytes?: number;
  /** Whether it does a job once however often it is asked with one Idempotency-Key, so that lost answers can be asked for again. */
  readonly isIdempotent?: boolean;
}

const DEFAULT_ANSWER_BYTES = 2 ** 24;
const RETRY_PAUSES_MS = [500, 2000];
/** Reasons of the system for which the endpoint cannot have heard of the job. */
const NEVER_SENT = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'];
/** With these the endpoint says that it did not take the job. */
const NOT_TAKEN = [429, 503];

/**
 * Posts each job as a `JobDocument` to an endpoint, with its idempotency key as `Idempotency-Key` header. The answer
 * is JSON (one `HandlerMessage`, else the result as it stands), text, a file of any other type, or a stream of
 * `HandlerMessage`s (NDJSON or server-sent events). Asked again only when that cannot do a job twice. Fails with
 * `service-unavailable`, `handler-timeout`, `handler-output-too-large`, `handler-output-invalid`, `output-not-text`,
 * `handler-failed`, or the code that an `error` message says, also in the body of a refusal.
 */
export function httpHandler(endpoint: HttpEndpoint): JobHandler {
  return (job) => askEndpoint(endpoint, job);
}

async function* askEndpoint(endpoint: HttpEndpoint, job: JobContext): AsyncGenerator<JobProgress, JobOutput> {
  const left = new AbortController();
  const feed = createFeed<Uint8Array>();
  const cutter = createLineCutter(feed.add);
  const asking = post(endpoint, job, {
    signal: AbortSignal.any([job.signal, left.signal]),
    onChunk: (chunk, contentType) => {
      if (isMessageStream(contentType)) cutter.add(chunk);
    },
  });
  const ended = asking.then(
    () => {
      cutter.end();
      feed.end();
    },
    (error: unknown) => feed.end(error),
  );
  try {
    let result: ResultMessage | null = null;
    for await (const line of feed.items()) {
      const message = messageIn(line);
      if (message === null) continue;
      const said = meaningOf(readHandlerMessage(message));
      if (said.type === 'result') result = said;
      else yield said;
    }
    const answer = await asking;
    if (!answer.ok) throw jobFailure(answer.failure);
    if (!isMessageStream(answer.value.contentType)) return await bodyOutput(answer.value);
    if (result === null) throw new JobFailure('handler-output-invalid', 'The answer ended without a result.');
    return await outputOf(result, null);
  } finally {
    left.abort(new Error('The job has ended.'));
    await ended;
  }
}

/** The message in a line of NDJSON or of server-sent events; `null` where there is none. */
function messageIn(line: Uint8Array): Uint8Array | null {
  const isData = DATA_FIELD.every((byte, index) => line[index] === byte);
  const isField = !isData && line[0] !== OPENING_BRACE;
  if (line.length === 0 || isField) return null;
  const message = isData ? line.subarray(DATA_FIELD.length) : line;
  return Buffer.from(message).toString('latin1').trim() === '[DONE]' ? null : message;
}

const DATA_FIELD = Buffer.from('data:');
const OPENING_BRACE = 0x7b;

/** One answer; what was asked for in vain is asked for again where that is safe. */
async function post(
  endpoint: HttpEndpoint,
  job: JobContext,
  hear: {
    readonly signal: AbortSignal;
    readonly onChunk: (chunk: Uint8Array, contentType: string | null) => void;
  },
): Promise<Outcome<FetchedBody>> {
  const token = endpoint.tokenFrom ? await readSecret(endpoint.tokenFrom) : '';
  if (token === null)
    throw new JobFailure('service-unavailable', 'The service is not configured completely.');
  const fetch = createGuardedFetch({
    allowHosts: [hostAndPort(new URL(endpoint.url))],
    maxBytes: endpoint.maxAnswerBytes ?? DEFAULT_ANSWER_BYTES,
    timeoutMs: endpoint.timeoutMs,
  });
  const body = JSON.stringify(jobDocument(job));
  for (let attempt = 0; ; attempt++) {
    let heard = false;
    const answer = await fetch(endpoint.url, {
      signal: hear.signal,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': job.idempotencyKey,
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
      },
      body,
      onChunk: (chunk, contentType) => {
        heard = true;
        hear.onChunk(chunk, contentType);
      },
    });
    const pauseMs = RETRY_PAUSES_MS[attempt];
    if (answer.ok || heard || pauseMs === undefined || !mayAskAgain(endpoint, answer.failure)) return answer;
    await pause(pauseMs, undefined, { signal: hear.signal });
  }
}

function mayAskAgain({ isIdempotent = false }: HttpEndpoint, { code, data }: Failure): boolean {
  if (code === 'url-unreachable') return isIdempotent || NEVER_SENT.includes(String(data?.['reason']));
  const status = Number(data?.['status']);
  return code === 'url-status' && (NOT_TAKEN.includes(status) || (isIdempotent && status >= 500));
}

/** What the customer is told: the endpoint's own words where it says them as a message, else no more than the kind of trouble. */
function jobFailure({ code, data }: Failure): JobFailure {
  switch (code) {
    case 'url-status': {
      const said = saidFailure(data?.['text']);
      if (said !== null) return said;
      const status = Number(data?.['status']);
      return NOT_TAKEN.includes(status)
        ? new JobFailure('service-unavailable', 'The service takes no jobs right now.', { retryable: true })
        : new JobFailure('handler-failed', `The service answered with status ${status}.`);
    }
    case 'url-timeout':
      return new JobFailure('handler-timeout', 'The service took too long.');
    case 'url-too-large':
      return new JobFailure('handler-output-too-large', 'The answer of the service is too large.');
    default:
      return new JobFailure('service-unavailable', 'The service cannot be reached.');
  }
}
