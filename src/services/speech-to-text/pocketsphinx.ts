import { failure, success } from '../../protocol/index.ts';
import { runTool, type LocalTool } from '../local-tool.ts';
import type { SpokenPart, Transcriber, Transcript } from './transcriber.ts';

/** Debian's recogniser for English, without a GPU. */
export const POCKETSPHINX: LocalTool = {
  command: 'pocketsphinx_continuous',
  packages: 'pocketsphinx pocketsphinx-en-us',
};

const SOUND = 'sound.wav';
const MEMORY_BYTES = 2 * 2 ** 30;
/** A word with its times is a line of about 30 bytes; nobody speaks for so long. */
const MAX_OUTPUT_BYTES = 8 * 2 ** 20;
/** `word start end confidence`. */
const TIMED_WORD = /^(\S+) (\d+\.\d+) (\d+\.\d+) \d+\.\d+$/;
/** Pauses and noises, in the recogniser's own words. */
const NO_WORD = /^(<.*>|\[.*\]|\+\+.*\+\+)$/;

/** Listens with pocketsphinx: English only, good enough to search and to summarise, at about a third of real time. */
export const pocketsphinx: Transcriber = {
  name: 'pocketsphinx',
  languages: ['en'],
  async transcribe({ sound, language, timeoutMs, signal }) {
    if (language !== null && language !== 'en')
      return failure('unsupported-language', 'Only English is understood here.', { languages: ['en'] });
    const run = await runTool(POCKETSPHINX, {
      args: ['-infile', SOUND, '-time', 'yes', '-logfn', '/dev/null'],
      files: { [SOUND]: sound },
      limits: { timeoutMs, maxMemoryBytes: MEMORY_BYTES, maxOutputBytes: MAX_OUTPUT_BYTES },
      signal,
    });
    if (!run.ok)
      return failure('transcriber-unavailable', `The recording was not understood. ${run.failure.message}`);
    return success(readTimedWords(new TextDecoder().decode(run.value)));
  },
};

/** What `pocketsphinx_continuous -time yes` prints: each utterance as a line, then each of its words with times. */
export function readTimedWords(printed: string): Transcript {
  const segments: SpokenPart[] = [];
  const words: SpokenPart[] = [];
  let spoken: SpokenPart[] = [];
  const endUtterance = (): void => {
    const [first] = spoken;
    const last = spoken.at(-1);
    if (first && last)
      segments.push({
        startSeconds: first.startSeconds,
        endSeconds: last.endSeconds,
        text: spoken.map(({ text }) => text).join(' '),
      });
    spoken = [];
  };
  for (const line of printed.split('\n')) {
    const [, word, start, end] = TIMED_WORD.exec(line) ?? [];
    if (word === undefined) endUtterance();
    else if (!NO_WORD.test(word)) {
      // Other pronunciations of a word are numbered: `read(2)`.
      const text = word.replace(/\(\d+\)$/, '');
      const part = { startSeconds: Number(start), endSeconds: Number(end), text };
      spoken.push(part);
      words.push(part);
    }
  }
  endUtterance();
  return { segments, words };
}
