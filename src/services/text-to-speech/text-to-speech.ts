import * as z from 'zod';
import { failure, success } from '../../protocol/index.ts';
import { JobFailure, service, type JobContext, type JobOutput, type Service } from '../../provider/index.ts';
import { jobParams, numberParam } from '../job-params.ts';
import { runTool, toolMissing, toolResult } from '../local-tool.ts';
import { encodeSound, soundFormats } from '../media/encode-sound.ts';
import { wantedFormat, type MediaFormat } from '../media/formats.ts';
import { shelfService } from '../shelf-service.ts';
import { chooseVoice, ESPEAK, installedVoices, type Voices } from './voices.ts';

const KIND = 5250;
const MAX_CHARACTERS = 10_000;
const TIMEOUT_MS = 40_000;
/** About 20 minutes of speech. */
const MAX_SOUND_BYTES = 64 * 2 ** 20;
const SPEED = { usual: 170, least: 80, most: 450 };
const NAMED_VOICES = 24;

/** What reads texts out. */
export interface SpeechOptions {
  readonly voices: Voices;
  /** What it can be written as, the usual one first. */
  readonly formats: ReadonlyMap<string, MediaFormat>;
}

/**
 * Sells readings of texts by espeak-ng (kind 5250) as MP3, OGG or WAV. Fails with `no-text`, `text-too-long`,
 * `unsupported-language`, `unsupported-voice`, `invalid-param`, `unsupported-output`, `file-unreadable` or
 * `result-too-large`.
 */
export function textToSpeechService({ voices, formats }: SpeechOptions): Service {
  return service({
    priceSats: 10,
    id: 'text-to-speech',
    kind: KIND,
    name: 'Text to speech',
    about: `Reads texts out in ${voices.languages.length} languages with the synthesizer espeak-ng: clear rather than human.`,
    usualSeconds: 3,
    worstSeconds: 58,
    concurrency: 2,
    params: new Map([
      ['language', { required: false, values: voices.languages, description: 'Language of the text; American English unless told.' }],
      ['voice', { required: false, values: voices.names.slice(0, NAMED_VOICES), description: 'Who speaks: male, female, or a variant of espeak-ng.' }],
      ['speed', { required: false, values: [], description: `Words a minute, ${SPEED.least} to ${SPEED.most}; ${SPEED.usual} unless told.` }],
    ]),
    handler: (job) => speak(job, { voices, formats }),
  }); // prettier-ignore
}

/** Needs espeak-ng; MP3 and OGG need ffmpeg. */
export const shelfTextToSpeech = shelfService({
  name: 'text-to-speech',
  kind: KIND,
  about: 'Reads texts out in more than a hundred languages, offline (espeak-ng; MP3 and OGG with ffmpeg).',
  settings: z.strictObject({}),
  missing: () => toolMissing(ESPEAK),
  async open(_settings, { signal }) {
    const voices = await installedVoices(signal);
    if (voices.languages.length === 0)
      return failure('tool-unusable', 'espeak-ng lists no voices; on Debian: apt install espeak-ng-data');
    return success(textToSpeechService({ voices, formats: await soundFormats() }));
  },
});

async function speak(job: JobContext, { voices, formats }: SpeechOptions): Promise<JobOutput> {
  const params = jobParams(job);
  const format = wantedFormat(formats, job.outputs);
  const voice = chooseVoice(voices, {
    language: params.get('language')?.[0],
    voice: params.get('voice')?.[0],
  });
  const spoken = await runTool(ESPEAK, {
    args: [
      '--stdin',
      '-b',
      '1',
      '-v',
      voice,
      '-s',
      String(Math.round(numberParam(params, 'speed', SPEED))),
      '-w',
      'speech.wav',
    ],
    stdin: new TextEncoder().encode(textOf(job)),
    result: 'speech.wav',
    limits: { timeoutMs: TIMEOUT_MS, maxMemoryBytes: 2 ** 30, maxOutputBytes: MAX_SOUND_BYTES },
    signal: job.signal,
  });
  const bytes = await encodeSound(toolResult(spoken, 'The text'), format, job.signal);
  return { file: { bytes, mediaType: format.mediaType, name: `speech.${format.extension}` } };
}

function textOf({ text }: JobContext): string {
  if (text.trim() === '') throw new JobFailure('no-text', 'There is nothing to say.');
  if (text.length > MAX_CHARACTERS)
    throw new JobFailure('text-too-long', `At most ${MAX_CHARACTERS} characters are read out.`);
  return text.replaceAll('\0', ' ');
}
