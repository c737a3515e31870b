import { JobFailure } from '../../provider/index.ts';
import { languageCode } from '../language-code.ts';
import { convertMedia, probeMedia } from '../media/ffmpeg.ts';
import type { SecondsRange } from '../range-param.ts';
import type { SpokenPart, Transcriber, Transcript } from './transcriber.ts';

/** What of a recording is wanted. */
export interface RecordingWish {
  /** As the customer wrote it. */
  readonly language: string | null;
  /** First and last second. */
  readonly range: SecondsRange | null;
  readonly wantsWords: boolean;
  readonly maxSeconds: number;
  readonly signal: AbortSignal;
}

const BYTES_PER_SECOND = 32_000;
const CONVERT_TIMEOUT_MS = 120_000;
/** What is transcribed may take as long as it plays, and this on top. */
const TRANSCRIBE_GRACE_MS = 30_000;

/**
 * What is said in a recording, whatever its format. Throws `JobFailure` `unsupported-file`, `file-unreadable`,
 * `no-sound`, `invalid-range`, `recording-too-long`, `unsupported-language` or `transcriber-unavailable`.
 */
export async function transcribeRecording(
  transcriber: Transcriber,
  bytes: Uint8Array,
  wish: RecordingWish,
): Promise<Transcript> {
  const language = wish.language === null ? null : languageCode(wish.language);
  if (wish.language !== null && language === null)
    throw new JobFailure('unsupported-language', 'The language must be a code such as "en".');
  const sound = await soundOf(bytes, wish);
  const run = await transcriber.transcribe({
    sound,
    language,
    wantsWords: wish.wantsWords,
    timeoutMs: wish.maxSeconds * 1000 + TRANSCRIBE_GRACE_MS,
    signal: wish.signal,
  });
  if (!run.ok) throw new JobFailure(run.failure.code, run.failure.message);
  return shifted(run.value, wish.range?.from ?? 0);
}

/** The sound alone, as recognisers want it. */
async function soundOf(bytes: Uint8Array, { range, maxSeconds, signal }: RecordingWish): Promise<Uint8Array> {
  const { durationSeconds, hasSound } = await probeMedia(bytes, 'film', signal);
  if (!hasSound) throw new JobFailure('no-sound', 'There is no sound in this file.');
  if (range && durationSeconds !== null && range.from >= durationSeconds)
    throw new JobFailure('invalid-range', `The recording ends after ${durationSeconds.toFixed(1)} seconds.`);
  const wanted = range ? range.to - range.from : (durationSeconds ?? 0);
  if (wanted > maxSeconds) throw tooLong(maxSeconds);
  const part = range ? ['-ss', String(range.from), '-t', String(range.to - range.from)] : [];
  const sound = await convertMedia({
    bytes,
    family: 'film',
    inputArgs: part,
    outputArgs: ['-map', '0:a:0', '-ac', '1', '-ar', '16000', '-c:a', 'pcm_s16le', '-bitexact'],
    extension: 'wav',
    // A recording that says nothing of its length, or lies, ends here.
    maxOutputBytes: Math.ceil((maxSeconds + 2) * BYTES_PER_SECOND),
    timeoutMs: CONVERT_TIMEOUT_MS,
    signal,
  }).catch((error: unknown) => {
    throw error instanceof JobFailure && error.code === 'result-too-large' ? tooLong(maxSeconds) : error;
  });
  return sound;
}

function tooLong(maxSeconds: number): JobFailure {
  return new JobFailure(
    'recording-too-long',
    `At most ${maxSeconds} seconds are transcribed at once; choose a part by the range parameter.`,
  );
}

/** Times count from the beginning of the whole recording. */
function shifted({ segments, words }: Transcript, bySeconds: number): Transcript {
  const shift = (part: SpokenPart): SpokenPart => ({
    ...part,
    startSeconds: part.startSeconds + bySeconds,
    endSeconds: part.endSeconds + bySeconds,
  });
  return { segments: segments.map(shift), words: words.map(shift) };
}
