import { seededRandom } from '../seeded-random.ts';
import { addReverb } from './reverb.ts';
import type { Note, Score } from './score.ts';
import { SAMPLE_RATE, soundNote } from './timbres.ts';

/** How long the last notes and the room ring on. */
const TAIL_SECONDS = 2.5;
/** A decibel below full scale. */
const PEAK = 0.89;

/** Plays a score: left and right at 44.1 kHz, between −1 and 1. */
export function renderScore(score: Score, reverb: number): readonly [Float32Array, Float32Array] {
  const secondsPerBeat = 60 / score.beatsPerMinute;
  const length = Math.ceil((score.beats * secondsPerBeat + TAIL_SECONDS) * SAMPLE_RATE);
  const left = new Float32Array(length);
  const right = new Float32Array(length);
  const random = seededRandom('instruments');
  /** The same note sounds the same, and is made once. */
  const sounds = new Map<string, Float32Array>();
  for (const each of score.notes) {
    const seconds = each.beats * secondsPerBeat;
    const key = `${each.timbre} ${each.pitch} ${seconds.toFixed(4)}`;
    const sound =
      sounds.get(key) ?? soundNote(each.timbre, { frequencyHz: frequencyOf(each.pitch), seconds }, random);
    sounds.set(key, sound);
    mix(sound, each, Math.round(each.beat * secondsPerBeat * SAMPLE_RATE), left, right);
  }
  addReverb(left, right, reverb);
  normalise(left, right);
  return [left, right];
}

function frequencyOf(pitch: number): number {
  return 440 * 2 ** ((pitch - 69) / 12);
}

function mix(
  sound: Float32Array,
  { loudness, pan }: Note,
  start: number,
  left: Float32Array,
  right: Float32Array,
): void {
  const angle = ((pan + 1) * Math.PI) / 4;
  const [toLeft, toRight] = [loudness * Math.cos(angle), loudness * Math.sin(angle)];
  const end = Math.min(sound.length, left.length - start);
  for (let at = 0; at < end; at++) {
    const sample = sound[at] ?? 0;
    left[start + at] = (left[start + at] ?? 0) + sample * toLeft;
    right[start + at] = (right[start + at] ?? 0) + sample * toRight;
  }
}

/** Peaks are bent rather than cut, then all of it is brought to the same loudness; both ends are silent. */
function normalise(...channels: readonly Float32Array[]): void {
  const loudest = channels.reduce(
    (most, channel) => channel.reduce((so, sample) => Math.max(so, Math.abs(sample)), most),
    1e-9,
  );
  const fade = Math.round(0.02 * SAMPLE_RATE);
  for (const channel of channels)
    for (let at = 0; at < channel.length; at++) {
      const ends = Math.min(1, at / fade, (channel.length - 1 - at) / (fade * 25));
      channel[at] = ((PEAK * Math.tanh((1.4 * (channel[at] ?? 0)) / loudest)) / Math.tanh(1.4)) * ends;
    }
}
