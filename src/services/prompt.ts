import { JobFailure, type JobContext } from '../provider/index.ts';

const MAX_CHARACTERS = 4000;

/** The words of a job whose input is a prompt. Throws `JobFailure` `no-text` or `text-too-long`. */
export function promptOf({ inputs }: JobContext): string {
  const words = inputs
    .filter(({ type }) => type !== 'url')
    .map(({ text }) => text)
    .join('\n')
    .trim();
  if (words === '') throw new JobFailure('no-text', 'The job has no prompt.');
  if (words.length > MAX_CHARACTERS)
    throw new JobFailure('text-too-long', `A prompt may have at most ${MAX_CHARACTERS} characters.`);
  return words;
}
