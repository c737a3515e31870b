import { seededRandom } from '../seeded-random.ts';
import { moodOf } from './mood.ts';
import { renderScore } from './render.ts';
import { composeScore } from './score.ts';
import { SAMPLE_RATE } from './timbres.ts';
import { encodeWav } from './wav.ts';

/** A piece to make. */
export interface MusicTask {
  readonly prompt: string;
  readonly seed: string;
  readonly seconds: number;
}

/** A WAV file with music; the same task makes the same music. */
export function makeMusic({ prompt, seed, seconds }: MusicTask): Uint8Array {
  const random = seededRandom('music', prompt, seed);
  const mood = moodOf(prompt, random);
  const score = composeScore(mood, seconds, random);
  return encodeWav(renderScore(score, mood.reverb), SAMPLE_RATE);
}
