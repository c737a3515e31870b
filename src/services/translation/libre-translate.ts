import * as z from 'zod';
import { failure, success, type Outcome } from '../../protocol/index.ts';
import { JobFailure } from '../../provider/index.ts';
import { answeredJson, callEndpoint, type Endpoint } from '../endpoint.ts';
import { readSecret } from '../secret-source.ts';
import type { Translator } from './translation.ts';

const MAX_ANSWER_BYTES = 4 * 2 ** 20;

const Languages = z.array(z.object({ code: z.string(), targets: z.array(z.string()).optional() }));
const Translated = z.object({ translatedText: z.string() });

/**
 * Translates by a LibreTranslate server; asks it which languages it writes. Fails with `endpoint-unavailable` or
 * `endpoint-key-missing`.
 */
export async function openLibreTranslate(
  endpoint: Endpoint,
  signal: AbortSignal,
): Promise<Outcome<Translator>> {
  // The key of LibreTranslate goes into the body, not into a header.
  const { apiKeyFrom, ...keyless } = endpoint;
  const listed = await callEndpoint(keyless, {
    path: '/languages',
    accept: ['application/json'],
    maxBytes: MAX_ANSWER_BYTES,
    signal,
  });
  if (!listed.ok) return listed;
  const languages = Languages.safeParse(answeredJson(listed.value));
  if (!languages.success)
    return failure('endpoint-unavailable', 'This server does not list languages as LibreTranslate does.');
  const targets = languages.data.flatMap(({ code, targets: own = [] }) => [code, ...own]);
  return success({
    name: 'LibreTranslate',
    languages: [...new Set(targets)].toSorted(),
    async *translate(text, language, jobSignal) {
      yield { type: 'progress', note: 'Translating by LibreTranslate.' };
      const apiKey = apiKeyFrom ? await readSecret(apiKeyFrom) : null;
      const answer = await callEndpoint(keyless, {
        path: '/translate',
        body: {
          q: text,
          source: 'auto',
          target: language,
          format: 'text',
          ...(apiKey ? { api_key: apiKey } : {}),
        },
        accept: ['application/json'],
        maxBytes: MAX_ANSWER_BYTES,
        signal: jobSignal,
      });
      const translated = Translated.safeParse(answer.ok ? answeredJson(answer.value) : undefined);
      if (!translated.success) throw new JobFailure('service-unavailable', 'The translator gave no answer.');
      return translated.data.translatedText;
    },
  });
}
