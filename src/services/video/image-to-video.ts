import * as z from 'zod';
import { success } from '../../protocol/index.ts';
import { JobFailure, service, type JobContext, type JobOutput, type Service } from '../../provider/index.ts';
import { jobParams, numberParam } from '../job-params.ts';
import { toolMissing } from '../local-tool.ts';
import { convertMedia, FFMPEG, probeMedia, type MediaFacts } from '../media/ffmpeg.ts';
import { FILM_FORMATS, wantedFormat } from '../media/formats.ts';
import { shelfService } from '../shelf-service.ts';
import { fileOf } from './input-file.ts';

const KIND = 5202;
const FORMATS = new Map([...FILM_FORMATS].filter(([name]) => name === 'video/mp4' || name === 'video/webm'));
const SECONDS = { usual: 5, least: 1, most: 15 };
const FRAMES_PER_SECOND = 25;
const TIMEOUT_MS = 45_000;
const MAX_OUTPUT_BYTES = 40_000_000;
/** Of the longer side of the clip, in pixels. */
const LONGER_SIDE = 960;
/** The picture is enlarged first: the camera moves by whole pixels of it, and small ones tremble less. */
const ENLARGED = 3;

/** The ways in which the camera moves over the picture; `n` frames in all. */
const MOTIONS: ReadonlyMap<string, string> = new Map([
  ['zoom-in', `z='1+0.25*on/n':x='(iw-iw/zoom)/2':y='(ih-ih/zoom)/2'`],
  ['zoom-out', `z='1.25-0.25*on/n':x='(iw-iw/zoom)/2':y='(ih-ih/zoom)/2'`],
  ['pan-left', `z='1.2':x='(iw-iw/zoom)*(1-on/n)':y='(ih-ih/zoom)/2'`],
  ['pan-right', `z='1.2':x='(iw-iw/zoom)*on/n':y='(ih-ih/zoom)/2'`],
]);

/**
 * Sells clips in which a camera moves over a still picture, by ffmpeg (kind 5202): no model, nothing in the picture
 * moves by itself. Fails with `unsupported-file`, `invalid-param`, `invalid-motion`, `unsupported-output` or
 * `file-unreadable`.
 */
export function imageToVideoService(): Service {
  return service({
    priceSats: 20,
    id: 'image-to-video',
    kind: KIND,
    name: 'Image to video',
    about: 'Lets a camera move over a still picture (zoom or pan, by ffmpeg): no model, nothing in the picture moves by itself.',
    usualSeconds: 8,
    worstSeconds: 58,
    concurrency: 1,
    params: new Map([
      ['motion', { required: false, values: [...MOTIONS.keys()], description: 'How the camera moves; zoom-in unless told.' }],
      ['duration', { required: false, values: [], description: `Seconds, ${SECONDS.least} to ${SECONDS.most}; ${SECONDS.usual} unless told.` }],
    ]),
    handler: animate,
  }); // prettier-ignore
}

/** Needs ffmpeg. */
export const shelfImageToVideo = shelfService({
  name: 'image-to-video',
  kind: KIND,
  about: 'A camera that moves over a still picture: zoom or pan (ffmpeg).',
  settings: z.strictObject({}),
  missing: () => toolMissing(FFMPEG),
  open: async () => success(imageToVideoService()),
});

async function animate(job: JobContext): Promise<JobOutput> {
  const params = jobParams(job);
  const format = wantedFormat(FORMATS, job.outputs);
  const motion = MOTIONS.get(params.get('motion')?.[0] ?? 'zoom-in');
  if (motion === undefined)
    throw new JobFailure('invalid-motion', `The motion can be ${[...MOTIONS.keys()].join(', ')}.`);
  const seconds = numberParam(params, 'duration', SECONDS);
  const { bytes } = fileOf(job);
  const picture = await probeMedia(bytes, 'picture', job.signal);
  if (picture.width === 0 || picture.height === 0)
    throw new JobFailure('unsupported-file', 'This picture says no width and height.');

  const frames = Math.round(seconds * FRAMES_PER_SECOND);
  const clip = await convertMedia({
    bytes,
    family: 'picture',
    outputArgs: [...format.args, '-vf', cameraOver(picture, motion, frames), '-frames:v', String(frames)],
    extension: format.extension,
    maxOutputBytes: MAX_OUTPUT_BYTES,
    timeoutMs: TIMEOUT_MS,
    signal: job.signal,
  });
  return { file: { bytes: clip, mediaType: format.mediaType, name: `clip.${format.extension}` } };
}

/** The filter that moves over the picture and brings it to its size, both sides of which must be even. */
function cameraOver({ width, height }: MediaFacts, motion: string, frames: number): string {
  const scale = LONGER_SIDE / Math.max(width, height);
  const even = (side: number) => Math.max(2, 2 * Math.round((side * scale) / 2));
  const [wide, high] = [even(width), even(height)];
  return [
    // Of an animated picture only the first frame is taken.
    `select='eq(n,0)'`,
    `scale=${wide * ENLARGED}:${high * ENLARGED}`,
    `zoompan=${motion.replaceAll('on/n', `on/${frames}`)}:d=${frames}:fps=${FRAMES_PER_SECOND}:s=${wide}x${high}`,
    'format=yuv420p',
  ].join(',');
}
