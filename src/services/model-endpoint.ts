import { readFile } from 'node:fs/promises';
import { env } from 'node:process';
import * as z from 'zod';
import { hostAndPort } from '../http/index.ts';
import { createGuardedFetch } from '../http/node.ts';
import { failure, success, type Outcome } from '../protocol/index.ts';

/** A language model behind an OpenAI-compatible API: a cloud provider's, or Ollama, vLLM, llama.cpp on this machine. */
export interface ModelEndpoint {
  /** Up to and without `/chat/completions`, such as `http://127.0.0.1:11434/v1`. May be private: the operator named it. */
  readonly baseUrl: string;
  readonly model: string;
  /** Where the API key is read for each call, so that it can be changed; no Authorization header without it. */
  readonly apiKeyFrom?: { readonly env: string } | { readonly file: string };
  /** For a whole answer; 40 s unless told. */
  readonly timeoutMs?: number;
  /** Longer texts are not sent; 100,000 unless told. */
  readonly maxInputCharacters?: number;
}

/** What the model is told: the rules, and the text to work on. */
export interface ModelPrompt {
  readonly system: string;
  readonly user: string;
}

/**
 * Why a model gave no answer. `model-key-missing`: the variable or file is absent or empty.
 * `model-unavailable`: refused, unreachable, too slow or not understood; `data.reason` says which.
 */
export type ModelFailureCode = 'model-key-missing' | 'model-unavailable' | 'model-input-too-long';

const MAX_ANSWER_BYTES = 2 ** 20;
const DEFAULT_TIMEOUT_MS = 40_000;
const DEFAULT_INPUT_CHARACTERS = 100_000;

const Completion = z.object({
  choices: z.array(
    z.object({
      delta: z.object({ content: z.string().nullish() }).optional(),
      message: z.object({ content: z.string().nullish() }).optional(),
    }),
  ),
});

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
  const apiKey = await readApiKey(endpoint);
  if (apiKey === null) return failure('model-key-missing', 'The API key of the model is not configured.');

  const closed = new AbortController();
  const answer = new StreamedAnswer();
  const fetching = requestCompletion(
    endpoint,
    prompt,
    apiKey,
    answer,
    AbortSignal.any([signal, closed.signal]),
  );
  try {
    // Ends when the fetch does; its outcome is read below.
    const ended = fetching.then(
      () => answer.end(),
      () => answer.end(),
    );
    for await (const text of answer.growth()) yield text;
    await ended;
    const outcome = await fetching;
    if (!outcome.ok) return unavailable(outcome.failure.code);
    const text =
      answer.text === '' ? completionText(new TextDecoder().decode(outcome.value.body)) : answer.text;
    return text.trim() === '' ? unavailable('no-answer') : success(text.trim());
  } finally {
    closed.abort();
  }
}

function unavailable(reason: string) {
  return failure('model-unavailable', 'The model gave no usable answer.', { reason });
}

function requestCompletion(
  endpoint: ModelEndpoint,
  prompt: ModelPrompt,
  apiKey: string,
  answer: StreamedAnswer,
  signal: AbortSignal,
) {
  const url = `${endpoint.baseUrl.replace(/\/+$/, '')}/chat/completions`;
  const guardedFetch = createGuardedFetch({
    allowHosts: [hostAndPort(new URL(url))],
    maxBytes: MAX_ANSWER_BYTES,
    timeoutMs: endpoint.timeoutMs ?? DEFAULT_TIMEOUT_MS,
  });
  return guardedFetch(url, {
    signal,
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(apiKey === '' ? {} : { authorization: `Bearer ${apiKey}` }),
    },
    body: JSON.stringify({
      model: endpoint.model,
      stream: true,
      temperature: 0.2,
      messages: [
        { role: 'system', content: prompt.system },
        { role: 'user', content: prompt.user },
      ],
    }),
    accept: ['text/event-stream', 'application/json'],
    onChunk: (chunk) => answer.add(chunk),
  });
}

/** The key, empty where none is configured; `null` when the configured place has none. */
async function readApiKey({ apiKeyFrom }: ModelEndpoint): Promise<string | null> {
  if (!apiKeyFrom) return '';
  const key =
    'env' in apiKeyFrom ? env[apiKeyFrom.env] : await readFile(apiKeyFrom.file, 'utf8').catch(() => '');
  return key?.trim() || null;
}

/** The text in one completion object; empty when it is something else. */
function completionText(json: string): string {
  try {
    const [choice] = Completion.parse(JSON.parse(json)).choices;
    return choice?.delta?.content ?? choice?.message?.content ?? '';
  } catch {
    return '';
  }
}

/** Puts the server-sent events of a streamed completion together while they arrive. */
class StreamedAnswer {
  text = '';
  readonly #decoder = new TextDecoder();
  #line = '';
  #ended = false;
  #news = Promise.withResolvers<void>();

  add(chunk: Uint8Array): void {
    const lines = (this.#line + this.#decoder.decode(chunk, { stream: true })).split(/\r?\n/);
    this.#line = lines.pop() ?? '';
    this.#take(lines);
  }

  end(): void {
    this.#take([this.#line]);
    this.#ended = true;
    this.#news.resolve();
  }

  #take(lines: readonly string[]): void {
    const added = lines
      .map((line) => (line.startsWith('data:') ? completionText(line.slice(5)) : ''))
      .join('');
    if (added === '') return;
    this.text += added;
    this.#news.resolve();
  }

  /** The text so far, whenever there is more of it. What arrives while nobody asks comes together. */
  async *growth(): AsyncGenerator<string> {
    while (!this.#ended) {
      await this.#news.promise;
      this.#news = Promise.withResolvers();
      if (!this.#ended) yield this.text;
    }
  }
}
