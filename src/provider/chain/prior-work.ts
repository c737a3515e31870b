import {
  decryptContent,
  isHex32,
  isJobResultKind,
  parseJobResult,
  type JobInput,
  type JobRequest,
  type NostrEvent,
} from '../../protocol/index.ts';
import type { ProviderContext } from '../context.ts';
import { JobFailure, type Service } from '../handler.ts';
import { untilAccepted } from './until-accepted.ts';
import { readRelays, type KnownChain } from './walk-chain.ts';

/**
 * The text of the result that a `job` input stands for, once the service's policy lets us build on it. Throws
 * `JobFailure` with `input-not-found`, `input-unsupported` or `prior-not-accepted`.
 */
export async function readPriorWork(
  context: ProviderContext,
  job: { readonly request: JobRequest; readonly service: Service; readonly chain: KnownChain },
  input: JobInput,
  signal: AbortSignal,
): Promise<string> {
  const { request, service } = job;
  const result = await priorResult(context, request, job.chain, input, signal);
  if (service.chainedInputs === 'wait-for-payment') {
    const patienceSeconds = Math.max(0, service.worstSeconds - service.usualSeconds);
    await untilAccepted(context, { request, result, chain: job.chain }, patienceSeconds, signal);
  }
  return readResult(context, request, result);
}

/**
 * The result a `job` input stands for, waited for until the job's own deadline when the relays have its
 * request. NIP-90 leaves open which one: the result that the customer names in its `chain` tag; else, when
 * the prior request addressed providers, only theirs; else the first that appears.
 */
async function priorResult(
  context: ProviderContext,
  request: JobRequest,
  chain: KnownChain,
  input: JobInput,
  signal: AbortSignal,
): Promise<NostrEvent> {
  if (!isHex32(input.data)) throw new JobFailure('input-not-found', 'A `job` input must be an event id.');
  const named = request.chain.get(input.data);
  const prior = chain.get(named ?? input.data);
  if (prior && isJobResultKind(prior.kind)) return prior;
  if (named) throw new JobFailure('input-not-found', 'The result named in the `chain` tag was not found.');
  const authors = prior?.tags.flatMap((tag) => (tag[0] === 'p' && isHex32(tag[1]) ? [tag[1]] : [])) ?? [];
  return firstResult(
    context,
    readRelays(context, request),
    { requestId: input.data, authors, mayCome: prior !== undefined },
    signal,
  );
}

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
