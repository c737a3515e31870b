import { utf8ToBytes } from '@noble/hashes/utils.js';
import { isHex32, type JobInput, type JobRequest, type NostrEvent } from '../protocol/index.ts';
import { readPriorWork } from './chain/prior-work.ts';
import { readRelays, walkChain, type KnownChain } from './chain/walk-chain.ts';
import type { ProviderContext } from './context.ts';
import { JobFailure, type ResolvedInput, type Service } from './handler.ts';
import { fetchNothing, fetchUrlInput } from './input-file.ts';
import { sizeOfInputs, sizeOfRequest } from './pricing/index.ts';

/** A job, and the service that does it. */
export interface SoldJob {
  readonly request: JobRequest;
  readonly service: Service;
}

/** More inputs than this in one job are refused. */
const MAX_INPUTS = 32;

/**
 * Fetches everything a job works on, under the provider's limits: `text` as it stands, `url` through the
 * guarded fetch (for a person, who opens it, the URL itself), `event` from relays, `job` from the result of another job. Throws `JobFailure` with
 * `too-many-inputs`, `input-too-large`, `input-unsupported`, `input-not-found`, `chain-cycle`, `chain-too-deep`,
 * `prior-not-accepted` or the codes of `fetchUrlInput`.
 */
export async function resolveInputs(
  context: ProviderContext,
  job: SoldJob,
  signal: AbortSignal,
): Promise<ResolvedInput[]> {
  const { request } = job;
  const wanted: readonly JobInput[] =
    request.inputs.length > 0
      ? request.inputs
      : [{ data: request.content, type: 'text', relay: null, marker: null }];
  if (wanted.length > MAX_INPUTS)
    throw new JobFailure('too-many-inputs', `A job may have at most ${MAX_INPUTS} inputs.`);
  const chain = await walkChain(context, request, signal);
  const inputs: ResolvedInput[] = [];
  let left = context.limits.inputBytes;
  for (const input of wanted) {
    const resolved = await resolveInput(context, { ...job, chain }, input, left, signal);
    left -= resolved.bytes.length;
    if (left < 0)
      throw new JobFailure('input-too-large', `The inputs exceed ${context.limits.inputBytes} bytes.`);
    inputs.push(resolved);
  }
  checkSize(context, job, inputs);
  return inputs;
}

/** What is behind a URL may be more than what it was priced as. */
function checkSize(
  { measures }: ProviderContext,
  { request, service: { pricing } }: SoldJob,
  inputs: readonly ResolvedInput[],
): void {
  if (pricing?.covers === undefined) return;
  const asked = measures.known(request.id) ?? sizeOfRequest(request);
  if (!pricing.covers(asked, sizeOfInputs(inputs)))
    throw new JobFailure('input-too-large', 'The inputs are larger than what the price was for.');
}

async function resolveInput(
  context: ProviderContext,
  job: SoldJob & { readonly chain: KnownChain },
  input: JobInput,
  maxBytes: number,
  signal: AbortSignal,
): Promise<ResolvedInput> {
  switch (input.type) {
    case 'url':
      if (job.service.quotedByHand === true) return { ...textOf(input, input.data), source: input.data };
      return fetchUrl(context, job.request, input, { signal, maxBytes });
    case 'event':
      return {
        ...textOf(input, (await findEvent(context, job.request, input, signal)).content),
        source: input.data,
      };
    case 'job':
      return {
        ...textOf(input, await readPriorWork(context, job, input, signal)),
        source: input.data,
      };
    default: // `text`, and the `prompt` and `data` of the wild
      return { ...textOf(input, input.data), source: 'text' };
  }
}

function textOf(input: JobInput, text: string) {
  return { type: input.type, marker: input.marker, bytes: utf8ToBytes(text), text, mediaType: 'text/plain' };
}

async function fetchUrl(
  context: ProviderContext,
  request: JobRequest,
  input: JobInput,
  limits: { readonly signal: AbortSignal; readonly maxBytes: number },
): Promise<ResolvedInput> {
  const fetched = await fetchUrlInput(context.fetchInput ?? fetchNothing, request, input.data, limits);
  if (!fetched.ok) throw new JobFailure(fetched.failure.code, fetched.failure.message);
  const { body: bytes, contentType: mediaType } = fetched.value;
  return {
    type: 'url',
    marker: input.marker,
    bytes,
    // Decoded only when a handler asks: most fetched inputs are binary.
    get text() {
      return new TextDecoder().decode(bytes);
    },
    mediaType,
    source: input.data.startsWith('data:') ? 'data URL' : input.data,
  };
}

async function findEvent(
  context: ProviderContext,
  request: JobRequest,
  input: JobInput,
  signal: AbortSignal,
): Promise<NostrEvent> {
  if (!isHex32(input.data)) throw new JobFailure('input-not-found', 'An `event` input must be an event id.');
  const [event] = await context.relays.query(readRelays(context, request), [{ ids: [input.data] }], {
    signal,
  });
  if (!event) throw new JobFailure('input-not-found', 'No relay of ours has the input event.');
  return event;
}
