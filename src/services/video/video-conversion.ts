import * as z from 'zod';
import { success } from '../../protocol/index.ts';
import { JobFailure, service, type JobContext, type JobOutput, type Service } from '../../provider/index.ts';
import { jobParams } from '../job-params.ts';
import { toolMissing } from '../local-tool.ts';
import { convertMedia, FFMPEG, probeMedia } from '../media/ffmpeg.ts';
import { FILM_FORMATS, MAX_FILM_WIDTH, SOUND_FORMATS, wantedFormat } from '../media/formats.ts';
import { secondsRange } from '../range-param.ts';
import { shelfService } from '../shelf-service.ts';
import { fileOf } from './input-file.ts';

const KIND = 5200;

/** How far a conversion may go. */
export interface ConversionLimits {
  /** Of what comes out. */
  readonly maxSeconds: number;
  readonly maxOutputBytes: number;
  /** For the conversion alone. */
  readonly timeoutSeconds: number;
}

/**
 * Sells conversions of films to other formats, or to their sound alone, by ffmpeg (kind 5200). The input is a file, no
 * page with a film in it. Fails with `unsupported-file`, `unsupported-output`, `invalid-range`, `film-too-long`,
 * `no-sound`, `no-picture`, `file-unreadable` or `result-too-large`.
 */
export function videoConversionService(limits: ConversionLimits): Service {
  return service({
    priceSats: 50,
    id: 'video-conversion',
    kind: KIND,
    name: 'Video conversion',
    about: `Converts films and sound by ffmpeg, up to ${limits.maxSeconds} seconds, at most ${MAX_FILM_WIDTH} pixels wide: MP4, WebM, AVI, MP3, WAV, OGG. Send the address of the file itself.`,
    usualSeconds: 30,
    // Looking at the file and fetching it take time too.
    worstSeconds: limits.timeoutSeconds + 60,
    concurrency: 1,
    params: new Map([
      ['range', { required: false, values: [], description: 'First and last second, or as a clock shows them (1:02:03).' }],
      ['format', { required: false, values: [...FILM_FORMATS.keys()], description: 'Format wanted; the output tag says the same.' }],
    ]),
    handler: (job) => convert(job, limits),
  }); // prettier-ignore
}

/** Needs ffmpeg. */
export const shelfVideoConversion = shelfService({
  name: 'video-conversion',
  kind: KIND,
  about: 'Films to other formats, cut, or to their sound alone (ffmpeg).',
  settings: z.strictObject({
    max_seconds: z.number().int().positive().max(7200).default(600),
    max_output_bytes: z.number().int().positive().max(2 ** 30).default(100_000_000),
    timeout_seconds: z.number().int().positive().max(7200).default(600),
  }),
  missing: () => toolMissing(FFMPEG),
  open: async (set) =>
    success(
      videoConversionService({
        maxSeconds: set.max_seconds,
        maxOutputBytes: set.max_output_bytes,
        timeoutSeconds: set.timeout_seconds,
      }),
    ),
}); // prettier-ignore

async function convert(job: JobContext, limits: ConversionLimits): Promise<JobOutput> {
  const params = jobParams(job);
  const wanted = job.outputs.length > 0 ? job.outputs : (params.get('format') ?? []).slice(0, 1);
  const range = secondsRange(params.get('range'));
  const { bytes } = fileOf(job);
  const facts = await probeMedia(bytes, 'film', job.signal);
  // Where nothing is wanted, sound stays sound.
  const formats = wanted.length === 0 && !facts.hasPicture ? SOUND_FORMATS : FILM_FORMATS;
  const format = wantedFormat(formats, wanted);
  const isSound = SOUND_FORMATS.has(format.mediaType);
  if (isSound && !facts.hasSound) throw new JobFailure('no-sound', 'There is no sound in this file.');
  if (!isSound && !facts.hasPicture)
    throw new JobFailure('no-picture', 'There is no film in this file, only sound.');
  if (range && facts.durationSeconds !== null && range.from >= facts.durationSeconds)
    throw new JobFailure('invalid-range', `The film ends after ${facts.durationSeconds.toFixed(1)} seconds.`);
  if ((range ? range.to - range.from : (facts.durationSeconds ?? 0)) > limits.maxSeconds)
    throw new JobFailure(
      'film-too-long',
      `At most ${limits.maxSeconds} seconds are converted; choose a range.`,
    );

  const seconds = range ? Math.min(range.to - range.from, limits.maxSeconds) : limits.maxSeconds;
  const converted = await convertMedia({
    bytes,
    family: 'film',
    inputArgs: range ? ['-ss', String(range.from)] : [],
    outputArgs: [...(isSound ? ['-vn'] : []), ...format.args, '-t', String(seconds)],
    extension: format.extension,
    maxOutputBytes: limits.maxOutputBytes,
    timeoutMs: limits.timeoutSeconds * 1000,
    signal: job.signal,
  });
  return { file: { bytes: converted, mediaType: format.mediaType, name: `film.${format.extension}` } };
}
