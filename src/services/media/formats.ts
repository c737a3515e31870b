import { JobFailure } from '../../provider/index.ts';

/** A format that files come out in. */
export interface MediaFormat {
  readonly mediaType: string;
  readonly extension: string;
  /** How ffmpeg makes it. */
  readonly args: readonly string[];
}

const MP3 = { mediaType: 'audio/mpeg', extension: 'mp3', args: ['-c:a', 'libmp3lame', '-q:a', '4'] };
const WAV = { mediaType: 'audio/wav', extension: 'wav', args: ['-c:a', 'pcm_s16le', '-bitexact'] };
const OGG = { mediaType: 'audio/ogg', extension: 'ogg', args: ['-c:a', 'libvorbis', '-q:a', '4'] };
/** No wider than so many pixels; sides that are not even have no place in the usual pixel format. */
export const MAX_FILM_WIDTH = 1280;
const EVEN = ['-vf', `scale='trunc(min(${MAX_FILM_WIDTH},iw)/2)*2:-2'`, '-pix_fmt', 'yuv420p'];
const H264 = ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '25', ...EVEN];
const MP4 = {
  mediaType: 'video/mp4',
  extension: 'mp4',
  args: [...H264, '-c:a', 'aac', '-b:a', '128k', '-ac', '2', '-movflags', '+faststart'],
};
const WEBM = {
  mediaType: 'video/webm',
  extension: 'webm',
  args: [
    '-c:v',
    'libvpx',
    '-deadline',
    'realtime',
    '-cpu-used',
    '5',
    '-b:v',
    '1500k',
    ...EVEN,
    '-c:a',
    'libvorbis',
  ],
};
const AVI = {
  mediaType: 'video/x-msvideo',
  extension: 'avi',
  args: ['-c:v', 'mpeg4', '-q:v', '5', ...EVEN, '-c:a', 'libmp3lame', '-q:a', '5'],
};

/** Formats of sound by each of their names in use, the usual one first. */
export const SOUND_FORMATS: ReadonlyMap<string, MediaFormat> = new Map([
  ['audio/mpeg', MP3],
  ['audio/mp3', MP3],
  ['audio/wav', WAV],
  ['audio/x-wav', WAV],
  ['audio/ogg', OGG],
]);

/** Formats of films, and of their sound alone; the usual one first. */
export const FILM_FORMATS: ReadonlyMap<string, MediaFormat> = new Map([
  ['video/mp4', MP4],
  ['video/webm', WEBM],
  ['video/avi', AVI],
  ['video/x-msvideo', AVI],
  ...SOUND_FORMATS,
]);

/**
 * The first of the wanted MIME types that is among the formats, or the first format where none is wanted. Throws
 * `JobFailure` `unsupported-output`.
 */
export function wantedFormat(
  formats: ReadonlyMap<string, MediaFormat>,
  wanted: readonly string[],
): MediaFormat {
  const names = wanted.length > 0 ? wanted.map(bareType) : formats.keys();
  for (const name of names) {
    const format = formats.get(name);
    if (format) return format;
  }
  throw new JobFailure('unsupported-output', `The output can be ${[...formats.keys()].join(', ')}.`);
}

/** A MIME type without its parameters, in lower case. */
export function bareType(mime: string): string {
  return mime.split(';', 1)[0]?.trim().toLowerCase() ?? '';
}
