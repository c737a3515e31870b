import * as z from 'zod';
import { failure, success } from '../../protocol/index.ts';
import { answeredJson, callEndpoint } from '../endpoint.ts';
import { languageCode } from '../language-code.ts';
import type { ModelEndpoint } from '../model-endpoint.ts';
import type { SpokenPart, Transcriber, Transcript } from './transcriber.ts';

const MAX_ANSWER_BYTES = 16 * 2 ** 20;

const TimedWord = z.object({ word: z.string(), start: z.number(), end: z.number() });
/** `verbose_json`. Words stand beside the segments (OpenAI) or in them (whisper.cpp); some models give the text alone. */
const Answer = z.object({
  text: z.string().default(''),
  duration: z.number().optional(),
  segments: z
    .array(
      z.object({
        text: z.string(),
        start: z.number(),
        end: z.number(),
        words: z.array(TimedWord).optional(),
      }),
    )
    .optional(),
  words: z.array(TimedWord).optional(),
});

/** Listens by an OpenAI-compatible endpoint, such as `whisper-server` of whisper.cpp, speaches, or a cloud's. */
export function transcriptionEndpoint(endpoint: ModelEndpoint): Transcriber {
  return {
    name: endpoint.model,
    languages: null,
    async transcribe({ sound, language, wantsWords, timeoutMs, signal }) {
      const form = new FormData();
      form.set('file', new Blob([Uint8Array.from(sound)], { type: 'audio/wav' }), 'sound.wav');
      form.set('model', endpoint.model);
      form.set('response_format', 'verbose_json');
      form.append('timestamp_granularities[]', 'segment');
      if (wantsWords) form.append('timestamp_granularities[]', 'word');
      const code = language === null ? null : languageCode(language);
      if (code !== null) form.set('language', code);
      const answer = await callEndpoint(
        { timeoutMs, ...endpoint },
        {
          path: '/audio/transcriptions',
          body: form,
          accept: ['application/json'],
          maxBytes: MAX_ANSWER_BYTES,
          signal,
        },
      );
      if (!answer.ok) return failure('transcriber-unavailable', answer.failure.message, answer.failure.data);
      const read = Answer.safeParse(answeredJson(answer.value));
      if (!read.success)
        return failure('transcriber-unavailable', 'The answer of the endpoint is not understood.');
      return success(asTranscript(read.data));
    },
  };
}

function asTranscript({ text, duration, segments, words }: z.output<typeof Answer>): Transcript {
  const inSegments = segments?.flatMap((segment) => segment.words ?? []) ?? [];
  return {
    segments: segments?.map(spoken) ?? [{ startSeconds: 0, endSeconds: duration ?? 0, text }],
    words: (words ?? inSegments).map(({ word, ...times }) => spoken({ text: word, ...times })),
  };
}

function spoken({ text, start, end }: { text: string; start: number; end: number }): SpokenPart {
  return { startSeconds: start, endSeconds: end, text: text.trim() };
}
