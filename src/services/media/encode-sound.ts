import { toolMissing } from '../local-tool.ts';
import { convertMedia, FFMPEG } from './ffmpeg.ts';
import { SOUND_FORMATS, type MediaFormat } from './formats.ts';

const TIMEOUT_MS = 60_000;
const MAX_BYTES = 64 * 2 ** 20;

/** The formats that sound of our own making can have here, the usual one first: without ffmpeg only WAV. */
export async function soundFormats(): Promise<ReadonlyMap<string, MediaFormat>> {
  const canEncode = (await toolMissing(FFMPEG)) === null;
  return new Map([...SOUND_FORMATS].filter(([, { extension }]) => canEncode || extension === 'wav'));
}

/** Sound of our own making, a WAV file, in the wanted format. Throws the `JobFailure`s of `convertMedia`. */
export async function encodeSound(
  wav: Uint8Array,
  format: MediaFormat,
  signal: AbortSignal,
): Promise<Uint8Array> {
  if (format.extension === 'wav') return wav;
  return convertMedia({
    bytes: wav,
    family: 'film',
    outputArgs: format.args,
    extension: format.extension,
    maxOutputBytes: MAX_BYTES,
    timeoutMs: TIMEOUT_MS,
    signal,
  });
}
