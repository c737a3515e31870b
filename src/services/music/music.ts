import * as z from 'zod';
import { success } from '../../protocol/index.ts';
import { JobFailure, service, type JobContext, type JobOutput, type Service } from '../../provider/index.ts';
import { runContained } from '../contained-task.ts';
import { jobParams, numberParam } from '../job-params.ts';
import { encodeSound, soundFormats } from '../media/encode-sound.ts';
import { wantedFormat, type MediaFormat } from '../media/formats.ts';
import { promptOf } from '../prompt.ts';
import { shelfService } from '../shelf-service.ts';
import type { MusicTask } from './make-music.ts';

const KIND = 5251;
const SECONDS = { usual: 30, least: 10, most: 90 };
const TIMEOUT_MS = 40_000;
const MAX_MEMORY_BYTES = 768 * 2 ** 20;

/**
 * Sells music (kind 5251) that a synthesizer of our own plays from a score, which follows from the words of the prompt
 * and the seed: the same ones give the same piece. Fails with `no-text`, `text-too-long`, `invalid-param`,
 * `unsupported-output` or `music-failed`.
 */
export function musicService({ formats }: { readonly formats: ReadonlyMap<string, MediaFormat> }): Service {
  return service({
    priceSats: 10,
    id: 'music',
    kind: KIND,
    name: 'Synthesizer music',
    about:
      'Composes by rules and plays on a software synthesizer: no model, no voices. Words of the prompt choose mood, ' +
      'tempo and instruments (calm, happy, sad, jazz, piano, flute, 8-bit, 120 bpm…).',
    usualSeconds: 6,
    worstSeconds: 58,
    concurrency: 1,
    params: new Map([
      ['seed', { required: false, values: [], description: 'Another seed is another piece of the same prompt.' }],
      ['duration', { required: false, values: [], description: `Seconds, ${SECONDS.least} to ${SECONDS.most}; ${SECONDS.usual} unless told.` }],
    ]),
    handler: (job) => play(job, formats),
  }); // prettier-ignore
}

/** Needs nothing; MP3 and OGG need ffmpeg. */
export const shelfMusic = shelfService({
  name: 'music',
  kind: KIND,
  about: 'Music from words by a synthesizer of our own, without a model (MP3 and OGG with ffmpeg).',
  settings: z.strictObject({}),
  open: async () => success(musicService({ formats: await soundFormats() })),
});

async function play(job: JobContext, formats: ReadonlyMap<string, MediaFormat>): Promise<JobOutput> {
  const params = jobParams(job);
  const format = wantedFormat(formats, job.outputs);
  const task: MusicTask = {
    prompt: promptOf(job),
    seed: params.get('seed')?.[0] ?? '',
    seconds: numberParam(params, 'duration', SECONDS),
  };
  const run = await runContained<Uint8Array>('music/music-task', task, {
    signal: job.signal,
    timeoutMs: TIMEOUT_MS,
    maxMemoryBytes: MAX_MEMORY_BYTES,
  });
  if (!run.ok) throw new JobFailure('music-failed', `The music was not finished. ${run.failure.message}`);
  const bytes = await encodeSound(run.value, format, job.signal);
  return { file: { bytes, mediaType: format.mediaType, name: `music.${format.extension}` } };
}
