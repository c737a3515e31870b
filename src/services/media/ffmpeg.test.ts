import { beforeAll, describe, expect, it } from 'vitest';
import { deflateSync } from 'node:zlib';
import { lacks, mediaFile } from '../../../test/fixtures/local-tools.ts';
import { failureCode, jobContext, resolvedInput, runJob } from '../../../test/fixtures/job-context.ts';
import { pngOf } from '../../../test/fixtures/png.ts';
import { convertMedia, probeMedia, type Conversion } from './ffmpeg.ts';
import { SOUND_FORMATS, wantedFormat } from './formats.ts';
import { imageToVideoService } from '../video/image-to-video.ts';
import { videoConversionService } from '../video/video-conversion.ts';

const signal = new AbortController().signal;
const FILM = [
  '-f',
  'lavfi',
  '-i',
  'testsrc=d=3:s=321x241:r=10',
  '-f',
  'lavfi',
  '-i',
  'sine=d=3',
  '-pix_fmt',
  'yuv444p',
];
const LIMITS = { maxSeconds: 10, maxOutputBytes: 5_000_000, timeoutSeconds: 60 };

const converting = videoConversionService(LIMITS).handler;
const film = (bytes: Uint8Array, wish: Partial<Parameters<typeof jobContext>[0]> = {}) =>
  jobContext({ kind: 5200, inputs: [resolvedInput(bytes)], ...wish });

describe.skipIf(lacks('ffmpeg', 'ffprobe'))('conversion of films', () => {
  let made: Uint8Array;
  beforeAll(() => {
    made = mediaFile('mkv', ...FILM);
  });

  it.each([
    ['video/mp4', { hasPicture: true, hasSound: true, width: 320, height: 240 }],
    ['video/webm', { hasPicture: true, hasSound: true }],
    ['video/avi', { hasPicture: true, hasSound: true }],
    ['audio/mp3', { hasPicture: false, hasSound: true }],
    ['audio/wav', { hasPicture: false, hasSound: true }],
    ['audio/ogg', { hasPicture: false, hasSound: true }],
  ])('makes %s', async (mime, facts) => {
    const { file } = await runJob(converting, film(made, { outputs: [mime] }));
    expect(file?.mediaType).toBe(wantedFormatOf(mime));
    const probed = await probeMedia(file?.bytes ?? new Uint8Array(), 'film', signal);
    expect(probed).toMatchObject(facts);
    expect(probed.durationSeconds).toBeCloseTo(3, 0);
  });

  it('cuts a range out, and takes the format of a parameter', async () => {
    const { file } = await runJob(
      converting,
      film(made, { params: { range: ['1', '2'], media_format: ['audio/wav'] } }),
    );
    expect(file?.mediaType).toBe('audio/wav');
    expect((await probeMedia(file?.bytes ?? new Uint8Array(), 'film', signal)).durationSeconds).toBeCloseTo(
      1,
      1,
    );
  });

  it('refuses what it cannot do, and says why', async () => {
    const codeOf = (bytes: Uint8Array | string, wish?: Parameters<typeof film>[1]) =>
      failureCode(converting, film(Buffer.from(bytes), wish));
    const [sound, silent] = [mediaFile('wav', '-f', 'lavfi', '-i', 'sine=d=1'), mediaFile('mp4', '-f', 'lavfi', '-i', 'testsrc=d=1:s=64x64:r=5')];
    expect(await codeOf(sound, { outputs: ['video/mp4'] })).toBe('no-picture');
    expect(await codeOf(silent, { outputs: ['audio/mpeg'] })).toBe('no-sound');
    expect(await codeOf(made, { outputs: ['image/png'] })).toBe('unsupported-output');
    expect(await codeOf(made, { params: { range: ['9', '10'] } })).toBe('invalid-range');
    expect(await codeOf(made, { params: { range: ['2', '1'] } })).toBe('invalid-range');
    expect((await runJob(converting, film(sound))).file?.mediaType).toBe('audio/mpeg');
    const long = mediaFile('wav', '-f', 'lavfi', '-i', 'sine=d=30:r=8000');
    expect(await codeOf(long, { outputs: ['audio/wav'] })).toBe('film-too-long');
    expect(await codeOf('<html>')).toBe('unsupported-file');
  }); // prettier-ignore
});

describe.skipIf(lacks('ffmpeg', 'ffprobe'))('clips of pictures', () => {
  it.each([
    ['zoom-in', 640, 360, 960, 540],
    ['pan-left', 100, 300, 320, 960],
  ])('moves the camera: %s', async (motion, width, height, wide, high) => {
    const picture = pngOf(width, height);
    const job = jobContext({ kind: 5202, inputs: [resolvedInput(picture)], params: { motion: [motion], duration: ['1'] } });
    const { file } = await runJob(imageToVideoService().handler, job);
    expect(file?.mediaType).toBe('video/mp4');
    const probed = await probeMedia(file?.bytes ?? new Uint8Array(), 'film', signal);
    expect(probed).toMatchObject({ width: wide, height: high, durationSeconds: 1 });
  }); // prettier-ignore

  it('refuses what is no picture, a motion it does not know and an endless clip', async () => {
    const codeOf = (bytes: Uint8Array | string, params: Record<string, string[]> = {}) =>
      failureCode(imageToVideoService().handler, jobContext({ kind: 5202, inputs: [resolvedInput(bytes)], params }));
    expect(await codeOf('no picture')).toBe('unsupported-file');
    for (const motion of ['spin', 'constructor', '__proto__'])
      expect(await codeOf(pngOf(8, 8), { motion: [motion] })).toBe('invalid-motion');
    expect(await codeOf(pngOf(8, 8), { duration: ['3600'] })).toBe('invalid-param');
    // A hundred kilobytes that would take 900 million pixels.
    expect(await codeOf(pngOf(30_000, 30_000, deflateSync(Buffer.alloc(1_000_000))))).toMatch(/unsupported-file|file-unreadable/);
  }); // prettier-ignore
});

describe.skipIf(lacks('ffmpeg', 'ffprobe'))('hostile media', () => {
  const convert = (told: Partial<Conversion>) =>
    convertMedia({
      bytes: mediaFile('wav', '-f', 'lavfi', '-i', 'sine=d=2:r=8000'),
      family: 'film',
      outputArgs: SOUND_FORMATS.get('audio/wav')?.args ?? [],
      extension: 'wav',
      maxOutputBytes: 1_000_000,
      timeoutMs: 20_000,
      signal,
      ...told,
    });

  it.each([
    ['an HLS playlist', '#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n'],
    ['a list of files', "ffconcat version 1.0\nfile '/etc/passwd'\n"],
    ['a DASH manifest', '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"></MPD>'],
    ['a stream description', 'v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n'],
    ['a drawing that loads a file', '<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'],
    ['subtitles', '1\n00:00:00,000 --> 00:00:05,000\nhello\n'],
    ['noise', Uint8Array.from({ length: 4000 }, (_, index) => (index * 7919) % 251)],
  ])('is not read: %s', async (_name, content) => {
    const bytes = Buffer.from(content);
    for (const family of ['film', 'picture'] as const)
      await expect(probeMedia(bytes, family, signal)).rejects.toMatchObject({ code: 'unsupported-file' });
    await expect(convert({ bytes })).rejects.toMatchObject({ code: 'file-unreadable' });
  }); // prettier-ignore

  it('ends when the result grows too large, without a torn file', async () => {
    await expect(convert({ maxOutputBytes: 8000 })).rejects.toMatchObject({ code: 'result-too-large' });
  });

  it('ends when it takes too long, and with the job', async () => {
    const endless = { outputArgs: ['-af', 'aloop=loop=-1:size=2000000', '-f', 'null'] };
    await expect(convert({ ...endless, timeoutMs: 300 })).rejects.toMatchObject({ code: 'file-unreadable' });
    const abort = new AbortController();
    const running = convert({ ...endless, signal: abort.signal });
    setImmediate(() => abort.abort(new Error('the job was cancelled')));
    await expect(running).rejects.toThrow('the job was cancelled');
  });
});

function wantedFormatOf(mime: string): string {
  if (mime.startsWith('audio')) return wantedFormat(SOUND_FORMATS, [mime]).mediaType;
  return mime === 'video/avi' ? 'video/x-msvideo' : mime;
}
