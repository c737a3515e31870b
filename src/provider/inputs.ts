import { utf8ToBytes } from '@noble/hashes/utils.js';
import { pause } from '../clock/index.ts';
import {
  decryptContent,
  isHex32,
  isJobResultKind,
  parseJobResult,
  type JobInput,
  type JobRequest,
  type NostrEvent,
} from '../protocol/index.ts';
import { answerRelays, type ProviderContext } from './context.ts';
import { JobFailure, type ResolvedInput } from './handler.ts';

/** More inputs than this in one job are refused. */
const MAX_INPUTS = 32;

/**
 * Fetches everything a job works on, under the provider's limits: `text` as it stands, `url` through the
 * guarded fetch, `event` from relays, `job` from the result of another job. Throws `JobFailure` with
 * `too-many-inputs`, `input-too-large`, `input-unsupported`, `input-not-found` or the fetch's own code.
 */
export async function resolveInputs(
  context: ProviderContext,
  request: JobRequest,
  signal: AbortSignal,
): Promise<ResolvedInput[]> {
  const wanted: readonly JobInput[] =
    request.inputs.length > 0
      ? request.inputs
      : [{ data: request.content, type: 'text', relay: null, marker: null }];
  if (wanted.length > MAX_INPUTS)
    throw new JobFailure('too-many-inputs', `A job may have at most ${MAX_INPUTS} inputs.`);
  const inputs: ResolvedInput[] = [];
  let left = context.limits.inputBytes;
  for (const input of wanted) {
    const resolved = await resolveInput(context, request, input, left, signal);
    left -= resolved.bytes.length;
    if (left < 0)
      throw new JobFailure('input-too-large', `The inputs exceed ${context.limits.inputBytes} bytes.`);
    inputs.push(resolved);
  }
  return inputs;
}

async function resolveInput(
  context: ProviderContext,
  request: JobRequest,
  input: JobInput,
  maxBytes: number,
  signal: AbortSignal,
): Promise<ResolvedInput> {
  switch (input.type) {
    case 'url':
      return fetchUrl(context, input, maxBytes, signal);
    case 'event':
      return {
        ...textOf(input, (await findEvent(context, request, input, signal)).content),
        source: input.data,
      };
    case 'job': {
      const result = await priorResult(context, request, input, signal);
      return { ...textOf(input, await readResult(context, request, result)), source: input.data };
    }
    default: // `text`, and the `prompt` and `data` of the wild
      return { ...textOf(input, input.data), source: 'text' };
  }
}

function textOf(input: JobInput, text: string) {
  return { type: input.type, marker: input.marker, bytes: utf8ToBytes(text), text, mediaType: 'text/plain' };
}

async function fetchUrl(
  context: ProviderContext,
  input: JobInput,
  maxBytes: number,
  signal: AbortSignal,
): Promise<ResolvedInput> {
  if (input.data.startsWith('data:')) return decodeDataUrl(input);
  if (!context.fetchInput) throw new JobFailure('input-unsupported', 'This provider does not fetch URLs.');
  const fetched = await context.fetchInput(input.data, { signal, maxBytes });
  if (!fetched.ok) throw new JobFailure(fetched.failure.code, fetched.failure.message);
  return urlInput(input, fetched.value.body, fetched.value.contentType, input.data);
}

function urlInput(
  input: JobInput,
  bytes: Uint8Array,
  mediaType: string | null,
  source: string,
): ResolvedInput {
  return {
    type: 'url',
    marker: input.marker,
    bytes,
    // Decoded only when a handler asks: most fetched inputs are binary.
    get text() {
      return new TextDecoder().decode(bytes);
    },
    mediaType,
    source,
  };
}

/** A small file travels in the request itself as a `data:` URL; reading it touches no network. */
async function decodeDataUrl(input: JobInput): Promise<ResolvedInput> {
  try {
    const response = await fetch(input.data);
    const body = new Uint8Array(await response.arrayBuffer());
    return urlInput(input, body, response.headers.get('content-type'), 'data URL');
  } catch {
    throw new JobFailure('url-invalid', 'The data URL of the input cannot be read.');
  }
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

/** Relays where inputs may be found: those that we answer on. */
function readRelays(context: ProviderContext, request: JobRequest): readonly string[] {
  const { relays, alsoRelays } = answerRelays(context, request.relays);
  return [...relays, ...alsoRelays];
}

/**
 * The result a `job` input stands for, waited for until the job's own deadline when the relays have its
 * request. NIP-90 leaves open which one: the result that the customer names in its `chain` tag; else, when
 * the prior request addressed providers, only theirs; else the first that appears.
 */
async function priorResult(
  context: ProviderContext,
  request: JobRequest,
  input: JobInput,
  signal: AbortSignal,
): Promise<NostrEvent> {
  if (!isHex32(input.data)) throw new JobFailure('input-not-found', 'A `job` input must be an event id.');
  if (input.data === request.event.id)
    throw new JobFailure('input-not-found', 'A job is no input of itself.');
  const named = request.chain.get(input.data);
  const relays = readRelays(context, request);
  const find = () => context.relays.query(relays, [{ ids: [named ?? input.data] }], { signal });
  let [prior] = await find();
  if (prior === undefined) {
    await pause(CHAIN_PUBLISHING_MS, signal);
    [prior] = await find();
  }
  if (prior && isJobResultKind(prior.kind)) return prior;
  if (named) throw new JobFailure('input-not-found', 'The result named in the `chain` tag was not found.');
  const authors = prior?.tags.flatMap((tag) => (tag[0] === 'p' && isHex32(tag[1]) ? [tag[1]] : [])) ?? [];
  return firstResult(
    context,
    relays,
    { requestId: input.data, authors, mayCome: prior !== undefined },
    signal,
  );
}

/** A chain may be published all at once: the prior request is on its way as well. */
const CHAIN_PUBLISHING_MS = 2000;

async function firstResult(
  context: ProviderContext,
  relays: readonly string[],
  {
    requestId,
    authors,
    mayCome,
  }: { readonly requestId: string; readonly authors: readonly string[]; readonly mayCome: boolean },
  signal: AbortSignal,
): Promise<NostrEvent> {
  const waiting = new AbortController();
  const stop = AbortSignal.any([signal, waiting.signal]);
  const filter = { '#e': [requestId], ...(authors.length > 0 ? { authors } : {}) };
  try {
    return await new Promise<NostrEvent>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), {
        once: true,
        signal: waiting.signal,
      });
      const searched = context.relays.subscribe({
        relays,
        filters: [{ ...filter, limit: 50 }],
        onEvent: (event) => {
          const result = isJobResultKind(event.kind) ? parseJobResult(event) : null;
          const isReadable =
            result?.ok && (!result.value.encrypted || event.pubkey === context.signer.pubkey);
          if (isReadable && result.value.requestId === requestId) resolve(event);
        },
        signal: stop,
      });
      // A job that no relay knows gets no worker to wait for it.
      if (!mayCome)
        void searched.then(() =>
          reject(new JobFailure('input-not-found', 'No relay of ours has the prior job.')),
        );
    });
  } finally {
    waiting.abort();
  }
}

/** The text of a prior result. An encrypted one can be read if it is our own work for the same customer. */
async function readResult(
  context: ProviderContext,
  request: JobRequest,
  result: NostrEvent,
): Promise<string> {
  const parsed = parseJobResult(result);
  if (parsed.ok && !parsed.value.encrypted) return parsed.value.content;
  if (parsed.ok && result.pubkey === context.signer.pubkey) {
    const opened = await decryptContent(result, request.customerPubkey, context.signer);
    if (opened.ok) return opened.value;
  }
  throw new JobFailure(
    'input-unsupported',
    'The prior result is encrypted or malformed; send its text instead.',
  );
}
