import { describe, expect, it } from 'vitest';
import { failureCode, jobContext, resolvedInput, runJob } from '../../../test/fixtures/job-context.ts';
import { SOUND_FORMATS } from '../media/formats.ts';
import { seededRandom } from '../seeded-random.ts';
import { makeMusic } from './make-music.ts';
import { moodOf, SCALES } from './mood.ts';
import { musicService } from './music.ts';
import { renderScore } from './render.ts';
import { composeScore } from './score.ts';
import { SAMPLE_RATE } from './timbres.ts';

const WAV = new Map([...SOUND_FORMATS].filter(([, { extension }]) => extension === 'wav'));

/** The strength of one frequency in a sound (Goertzel). */
function strengthOf(sound: Float32Array, frequencyHz: number): number {
  const turn = 2 * Math.cos((2 * Math.PI * frequencyHz) / SAMPLE_RATE);
  let [before, last] = [0, 0];
  for (const sample of sound) [before, last] = [last, sample + turn * last - before];
  return Math.sqrt(Math.max(0, before * before + last * last - turn * before * last)) / sound.length;
}

describe('music', () => {
  it.each([
    ['a happy song about the sun', 'major'],
    ['a calm piano lullaby in minor', 'minor'],
    ['jazz in the city', 'dorian'],
  ] as const)('sounds in its key: %s', (prompt, scale) => {
    const random = seededRandom('test', prompt);
    const mood = { ...moodOf(prompt, random), hasDrums: false };
    expect(mood.scale).toBe(scale);
    const score = composeScore(mood, 12, random);
    const steps: readonly number[] = SCALES[scale];
    for (const { pitch } of score.notes) expect(steps).toContain((((pitch - mood.tonic) % 12) + 12) % 12);
    const [left] = renderScore(score, mood.reverb);
    // Two octaves around middle C: notes of the scale against the quarter tones between all notes.
    const pitches = Array.from({ length: 24 }, (_, index) => mood.tonic - 12 + index);
    const hertz = (pitch: number) => 440 * 2 ** ((pitch - 69) / 12);
    const mean = (of: readonly number[]) => of.reduce((sum, pitch) => sum + strengthOf(left, hertz(pitch)), 0) / of.length;
    const inScale = pitches.filter((pitch) => steps.includes((pitch - mood.tonic + 12) % 12));
    expect(mean(inScale)).toBeGreaterThan(5 * mean(pitches.map((pitch) => pitch + 0.5)));
    expect(mean(inScale)).toBeGreaterThan(4 * mean(pitches.filter((pitch) => !inScale.includes(pitch))));
  }); // prettier-ignore

  it('is loud enough, never clipped, without a hum of its own, and ends in silence', () => {
    const random = seededRandom('loud');
    const mood = moodOf('fast techno with bells', random);
    for (const channel of renderScore(composeScore(mood, 10, random), mood.reverb)) {
      const peak = channel.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
      const power = Math.sqrt(channel.reduce((sum, sample) => sum + sample * sample, 0) / channel.length);
      expect(peak).toBeLessThanOrEqual(0.9);
      expect(power).toBeGreaterThan(0.03);
      expect(Math.abs(channel.reduce((sum, sample) => sum + sample, 0) / channel.length)).toBeLessThan(0.005);
      expect(Math.abs(channel.at(-1) ?? 1)).toBeLessThan(1e-3);
      expect(Number.isFinite(power)).toBe(true);
    }
  });

  it('is the same for the same prompt and seed, and another one otherwise', () => {
    const make = (prompt: string, seed: string) => Buffer.from(makeMusic({ prompt, seed, seconds: 5 })).toString('base64');
    const first = make('rain', '1');
    expect(make('rain', '1')).toBe(first);
    expect(make('rain', '2')).not.toBe(first);
    expect(make('snow', '1')).not.toBe(first);
  }); // prettier-ignore

  it('follows the words of the prompt', () => {
    const mood = (prompt: string) => moodOf(prompt, seededRandom(prompt));
    expect(mood('techno, 140 bpm')).toMatchObject({ beatsPerMinute: 140, hasDrums: true });
    expect(mood('slow flute')).toMatchObject({ beatsPerMinute: 68, lead: 'flute', hasDrums: false });
    expect(mood('999 bpm').beatsPerMinute).toBe(180);
  });

  it('is sold as a file of the wanted length', async () => {
    const selling = musicService({ formats: WAV });
    expect(selling.about).toContain('no model');
    const job = (text: string, params: Record<string, string[]> = {}) =>
      jobContext({ kind: 5251, inputs: [resolvedInput(text, { type: 'text' })], params });
    const { file } = await runJob(selling.handler, job('a lullaby', { duration: ['10'] }));
    expect(file?.mediaType).toBe('audio/wav');
    const seconds = ((file?.bytes.length ?? 0) - 44) / (SAMPLE_RATE * 4);
    expect(seconds).toBeGreaterThan(9);
    expect(seconds).toBeLessThan(18);
    expect(await failureCode(selling.handler, job('x', { duration: ['7200'] }))).toBe('invalid-param');
    expect(await failureCode(selling.handler, job(' '))).toBe('no-text');
  });
});
