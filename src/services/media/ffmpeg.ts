import * as z from 'zod';
import { JobFailure } from '../../provider/index.ts';
import { runTool, toolResult, type LocalTool, type ToolLimits } from '../local-tool.ts';

/** What converts sound, pictures and films; its package brings `ffprobe` as well. */
export const FFMPEG: LocalTool = { command: 'ffmpeg', packages: 'ffmpeg' };
const FFPROBE: LocalTool = { command: 'ffprobe', packages: 'ffmpeg' };

/**
 * The only formats that are read. Playlists and lists (HLS, DASH, concat), drawings that load other files (SVG),
 * devices and streams are none of them: each could make ffmpeg read files of this machine or call others.
 */
const FORMATS = {
  film: 'mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,asf,gif,mp3,wav,w64,ogg,flac,aac,aiff,caf,amr',
  picture: 'png_pipe,jpeg_pipe,webp_pipe,bmp_pipe,gif',
} as const;

/** What a file is read as: sound and film, or a picture. */
export type MediaFamily = keyof typeof FORMATS;

const MAX_PIXELS = 40_000_000;
/** Of one allocation; `prlimit` bounds all of them together. */
const MAX_ALLOCATION_BYTES = 400 * 2 ** 20;
const MEMORY_BYTES = 3 * 2 ** 30;
const PROBE_LIMITS: ToolLimits = { timeoutMs: 15_000, maxMemoryBytes: MEMORY_BYTES, maxOutputBytes: 65_536 };
const INPUT = 'input';

/** What a media file says of itself. */
export interface MediaFacts {
  /** `null` where it does not say: pictures, and streams that were cut. */
  readonly durationSeconds: number | null;
  readonly hasSound: boolean;
  readonly hasPicture: boolean;
  /** Of its picture in pixels; 0 where it has none. */
  readonly width: number;
  readonly height: number;
}

/** Looks at a media file. Throws `JobFailure` `unsupported-file` for what is none of the formats that are read. */
export async function probeMedia(
  bytes: Uint8Array,
  family: MediaFamily,
  signal: AbortSignal,
): Promise<MediaFacts> {
  const run = await runTool(FFPROBE, {
    args: [
      '-v',
      'quiet',
      ...guards(family),
      '-of',
      'json',
      '-show_entries',
      'format=duration:stream=codec_type,width,height',
      `file:${INPUT}`,
    ],
    files: { [INPUT]: bytes },
    limits: PROBE_LIMITS,
    signal,
  });
  if (!run.ok && run.failure.code === 'failed')
    throw new JobFailure('unsupported-file', `This is no ${family} in a format that is read here.`);
  return readFacts(new TextDecoder().decode(toolResult(run, 'The file')));
}

/** One conversion by ffmpeg. */
export interface Conversion {
  readonly bytes: Uint8Array;
  readonly family: MediaFamily;
  /** Options of the input, such as where to begin. */
  readonly inputArgs?: readonly string[];
  /** What comes out, without the name of the file. */
  readonly outputArgs: readonly string[];
  /** Such as `mp4`; it chooses the container. */
  readonly extension: string;
  readonly maxOutputBytes: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Converts a stranger's file. Throws `JobFailure` `file-unreadable` or `result-too-large`: ffmpeg itself would end a
 * file that grows too large as if nothing were missing.
 */
export async function convertMedia(conversion: Conversion): Promise<Uint8Array> {
  const {
    bytes,
    family,
    inputArgs = [],
    outputArgs,
    extension,
    maxOutputBytes,
    timeoutMs,
    signal,
  } = conversion;
  const result = `result.${extension}`;
  const run = await runTool(FFMPEG, {
    args: [
      '-v',
      'quiet',
      '-nostdin',
      '-y',
      '-threads',
      '2',
      ...guards(family),
      ...inputArgs,
      '-i',
      `file:${INPUT}`,
      '-sn',
      '-dn',
      '-map_metadata',
      '-1',
      '-threads',
      '2',
      ...outputArgs,
      result,
    ],
    files: { [INPUT]: bytes },
    result,
    limits: { timeoutMs, maxMemoryBytes: MEMORY_BYTES, maxOutputBytes },
    signal,
  });
  return toolResult(run, 'The file');
}

function guards(family: MediaFamily): readonly string[] {
  return [
    '-protocol_whitelist',
    'file',
    '-format_whitelist',
    FORMATS[family],
    '-max_pixels',
    String(MAX_PIXELS),
    '-max_alloc',
    String(MAX_ALLOCATION_BYTES),
  ];
}

const Probed = z.object({
  format: z.object({ duration: z.string().optional() }).optional(),
  streams: z
    .array(
      z.object({
        codec_type: z.string().optional(),
        width: z.number().optional(),
        height: z.number().optional(),
      }),
    )
    .optional(),
});

function readFacts(json: string): MediaFacts {
  const { format, streams = [] } = Probed.parse(JSON.parse(json));
  const seconds = Number(format?.duration ?? Number.NaN);
  const picture = streams.find((stream) => stream.codec_type === 'video');
  return {
    durationSeconds: Number.isFinite(seconds) ? seconds : null,
    hasSound: streams.some((stream) => stream.codec_type === 'audio'),
    hasPicture: picture !== undefined,
    width: picture?.width ?? 0,
    height: picture?.height ?? 0,
  };
}
