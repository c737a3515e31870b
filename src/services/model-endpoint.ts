import { hostAndPort } from '../http/index.ts';
import { createGuardedFetch } from '../http/node.ts';
import { failure, success, type Outcome } from '../protocol/index.ts';
import { createModelFetch } from './model-fetch.ts';
import { readSecret, type SecretSource } from './secret-source.ts';

/** A language model behind an OpenAI-compatible API: a cloud provider's, or Ollama, vLLM, llama.cpp on this machine. */
export interface ModelEndpoint {
  /** Up to and without `/chat/completions`, such as `http://127.0.0.1:11434/v1`. May be private: the operator named it. */
  readonly baseUrl: string;
  readonly model: string;
  /** Where the API key is read for each call, so that it can be changed; no Authorization header without it. */
  readonly apiKeyFrom?: SecretSource;
  /** For a whole answer; 40 s unless told. */
  readonly timeoutMs?: number;
  /** Longer texts are not sent; 100,000 unless told. */
  readonly maxInputCharacters?: number;
}

/** What the model is told: the rules, and the text to work on. */
export interface ModelPrompt {
  /** The operator's rules. What strangers wrote does not belong here. */
  readonly system: string;
  readonly user: string;
  /** A temperature of 0.2 unless told. */
  readonly sampling?: Sampling;
}

/** How tokens are chosen; what is left out is up to the endpoint. */
export interface Sampling {
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  /** As OpenAI counts: −2 to 2, 0 is neutral. */
  readonly frequencyPenalty?: number;
  readonly maxTokens?: number;
}

/**
 * Why a model gave no answer. `model-key-missing`: the variable or file is absent or empty.
 * `model-unavailable`: refused, unreachable, too slow or not understood; `data.reason` says which.
 */
export type ModelFailureCode = 'model-key-missing' | 'model-unavailable' | 'model-input-too-long';

const MAX_ANSWER_BYTES = 2 ** 20;
const DEFAULT_TIMEOUT_MS = 40_000;
const DEFAULT_INPUT_CHARACTERS = 100_000;
const PROVIDER = 'endpoint';

/**
 * Asks the model and yields its answer so far, each time longer, while it streams in; returns the whole.
 * Understands endpoints that ignore `stream` and answer in one piece. The request ends with the signal or
 * when the generator is closed.
 */
export async function* askModel(
  endpoint: ModelEndpoint,
  prompt: ModelPrompt,
  signal: AbortSignal,
): AsyncGenerator<string, Outcome<string, ModelFailureCode>> {
  const limit = endpoint.maxInputCharacters ?? DEFAULT_INPUT_CHARACTERS;
  if (prompt.user.length > limit)
    return failure('model-input-too-long', `The text has more than ${limit} characters.`, { limit });
  const apiKey = endpoint.apiKeyFrom ? await readSecret(endpoint.apiKeyFrom) : '';
  if (apiKey === null) return failure('model-key-missing', 'The API key of the model is not configured.');

  const closed = new AbortController();
  const asked = AbortSignal.any([signal, closed.signal]);
  let reason: string | null = null;
  try {
    let text = '';
    const answer = await streamAnswer(endpoint, prompt, {
      apiKey,
      signal: asked,
      onTrouble: (code) => (reason ??= code),
    });
    try {
      for await (const added of answer) {
        text += added;
        if (added !== '') yield text;
      }
    } catch {
      reason ??= 'not-understood';
    }
    signal.throwIfAborted();
    if (reason !== null) return unavailable(reason);
    return text.trim() === '' ? unavailable('no-answer') : success(text.trim());
  } finally {
    closed.abort();
  }
}

function unavailable(reason: string) {
  return failure('model-unavailable', 'The model gave no usable answer.', { reason });
}

/** The pieces of the answer. They end early when there is trouble, which is told. */
async function streamAnswer(
  endpoint: ModelEndpoint,
  { system, user, sampling = { temperature: 0.2 } }: ModelPrompt,
  asking: {
    readonly apiKey: string;
    readonly signal: AbortSignal;
    readonly onTrouble: (code: string) => void;
  },
): Promise<AsyncIterable<string>> {
  // Loaded when a model is first asked: it takes longer than all of us.
  const [{ streamText }, { createOpenAICompatible }] = await Promise.all([
    import('ai'),
    import('@ai-sdk/openai-compatible'),
  ]);
  const baseURL = endpoint.baseUrl.replace(/\/+$/, '');
  const { temperature, topP, topK, frequencyPenalty, maxTokens } = sampling;
  const { textStream } = streamText({
    model: createOpenAICompatible({
      name: PROVIDER,
      baseURL,
      ...(asking.apiKey === '' ? {} : { apiKey: asking.apiKey }),
      fetch: createModelFetch(
        createGuardedFetch({
          allowHosts: [hostAndPort(new URL(baseURL))],
          maxBytes: MAX_ANSWER_BYTES,
          timeoutMs: endpoint.timeoutMs ?? DEFAULT_TIMEOUT_MS,
        }),
        asking,
      ),
    }).chatModel(endpoint.model),
    instructions: system,
    prompt: user,
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { topP }),
    ...(frequencyPenalty === undefined ? {} : { frequencyPenalty }),
    ...(maxTokens === undefined ? {} : { maxOutputTokens: maxTokens }),
    // Not of OpenAI's API, but of those that open models are served by.
    ...(topK === undefined ? {} : { providerOptions: { [PROVIDER]: { top_k: topK } } }),
    abortSignal: asking.signal,
    maxRetries: 0,
    onError: () => asking.onTrouble('not-understood'),
  });
  return textStream;
}
