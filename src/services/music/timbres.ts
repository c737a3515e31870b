import type { SeededRandom } from '../seeded-random.ts';

export const SAMPLE_RATE = 44_100;

/** How a note sounds. */
export type TimbreName =
  'keys' | 'bell' | 'flute' | 'pluck' | 'organ' | 'square' | 'pad' | 'bass' | 'kick' | 'snare' | 'hat';

/** One note to sound. */
export interface ToneWish {
  readonly frequencyHz: number;
  /** How long it is held; it rings on for a while after that. */
  readonly seconds: number;
}

/** Overtones: multiples of the frequency, their strengths, and how much faster than the note each fades. */
type Partials = readonly (readonly [multiple: number, strength: number, fading: number])[];

interface Additive {
  readonly partials: Partials;
  readonly attackSeconds: number;
  /** The time in which a struck note falls to a third; endless for blown ones. */
  readonly fallSeconds: number;
  readonly releaseSeconds: number;
  readonly vibrato: number;
}

const ADDITIVE: Readonly<Partial<Record<TimbreName, Additive>>> = {
  keys: { partials: [[1, 1, 1], [2, 0.5, 1.6], [3, 0.22, 2.2], [4, 0.1, 3], [5.01, 0.05, 4], [7.02, 0.03, 6]], attackSeconds: 0.004, fallSeconds: 0.9, releaseSeconds: 0.25, vibrato: 0 },
  bell: { partials: [[1, 1, 1], [2.0, 0.35, 1.2], [2.76, 0.3, 2.5], [5.4, 0.14, 4], [8.93, 0.05, 7]], attackSeconds: 0.002, fallSeconds: 1.1, releaseSeconds: 0.7, vibrato: 0 },
  flute: { partials: [[1, 1, 0], [2, 0.22, 0], [3, 0.1, 0], [4, 0.03, 0]], attackSeconds: 0.06, fallSeconds: Infinity, releaseSeconds: 0.14, vibrato: 0.004 },
  organ: { partials: [[0.5, 0.3, 0], [1, 1, 0], [2, 0.5, 0], [3, 0.22, 0], [4, 0.25, 0], [8, 0.08, 0]], attackSeconds: 0.03, fallSeconds: Infinity, releaseSeconds: 0.12, vibrato: 0.001 },
  square: { partials: [[1, 0.7, 0], [3, 0.233, 0], [5, 0.14, 0], [7, 0.1, 0], [9, 0.078, 0]], attackSeconds: 0.003, fallSeconds: 1.2, releaseSeconds: 0.04, vibrato: 0 },
  pad: { partials: [[0.997, 0.5, 0], [1.003, 0.5, 0], [1.996, 0.2, 0], [2.005, 0.2, 0], [3, 0.09, 0], [4.01, 0.04, 0]], attackSeconds: 0.5, fallSeconds: Infinity, releaseSeconds: 0.9, vibrato: 0 },
  bass: { partials: [[1, 1, 1], [2, 0.4, 1.5], [3, 0.15, 2.5], [4, 0.05, 4]], attackSeconds: 0.008, fallSeconds: 1.4, releaseSeconds: 0.09, vibrato: 0 },
}; // prettier-ignore

/** The sound of one note, about 1 at its loudest. */
export function soundNote(timbre: TimbreName, wish: ToneWish, random: SeededRandom): Float32Array {
  const additive = ADDITIVE[timbre];
  if (additive) return soundAdditive(additive, wish);
  switch (timbre) {
    case 'pluck':
      return soundString(wish, random);
    case 'kick':
      return soundKick();
    case 'snare':
      return soundNoise(0.16, 0.05, random, 180);
    default:
      return soundNoise(0.06, 0.018, random, 0);
  }
}

function soundAdditive(timbre: Additive, { frequencyHz, seconds }: ToneWish): Float32Array {
  const { partials, attackSeconds, fallSeconds, releaseSeconds, vibrato } = timbre;
  const sound = new Float32Array(Math.ceil((seconds + releaseSeconds) * SAMPLE_RATE));
  const loudest = partials.reduce((sum, [, strength]) => sum + strength, 0);
  for (const [multiple, strength, fading] of partials) {
    const frequency = frequencyHz * multiple;
    // What is above half the sample rate would come back as another note.
    if (frequency > SAMPLE_RATE * 0.45) continue;
    const fall = Number.isFinite(fallSeconds) ? Math.exp(-fading / (fallSeconds * SAMPLE_RATE)) : 1;
    let level = strength / loudest;
    let phase = 0;
    for (let at = 0; at < sound.length; at++) {
      const bend = vibrato === 0 ? 1 : 1 + vibrato * Math.sin((2 * Math.PI * 5.2 * at) / SAMPLE_RATE);
      phase += (2 * Math.PI * frequency * bend) / SAMPLE_RATE;
      sound[at] = (sound[at] ?? 0) + level * Math.sin(phase);
      level *= fall;
    }
  }
  shape(sound, { attackSeconds, heldSeconds: seconds, releaseSeconds });
  return sound;
}

/** A plucked string (Karplus and Strong): noise in a loop as long as a period, smoothed at each turn. */
function soundString({ frequencyHz, seconds }: ToneWish, random: SeededRandom): Float32Array {
  const release = 0.3;
  const sound = new Float32Array(Math.ceil((seconds + release) * SAMPLE_RATE));
  const period = SAMPLE_RATE / frequencyHz - 0.5;
  const length = Math.floor(period);
  const tuning = (1 - (period - length)) / (1 + (period - length));
  const noise = Float32Array.from({ length }, () => random.between(-1, 1));
  // What is not sound would stay in the loop for long.
  const offset = noise.reduce((sum, sample) => sum + sample, 0) / length;
  const loop = noise.map((sample) => sample - offset);
  let [previous, previousIn, previousOut] = [0, 0, 0];
  for (let at = 0; at < sound.length; at++) {
    const now = loop[at % length] ?? 0;
    const smooth = 0.5 * (now + previous) * 0.9975;
    previous = now;
    // An allpass filter delays by the rest of the period, which is no whole number of samples.
    const tuned = tuning * smooth + previousIn - tuning * previousOut;
    previousIn = smooth;
    previousOut = tuned;
    loop[at % length] = tuned;
    sound[at] = now * 0.8;
  }
  shape(sound, { attackSeconds: 0.002, heldSeconds: seconds, releaseSeconds: release });
  return sound;
}

function soundKick(): Float32Array {
  const sound = new Float32Array(Math.ceil(0.32 * SAMPLE_RATE));
  let phase = 0;
  for (let at = 0; at < sound.length; at++) {
    const seconds = at / SAMPLE_RATE;
    phase += (2 * Math.PI * (46 + 90 * Math.exp(-seconds / 0.03))) / SAMPLE_RATE;
    sound[at] = Math.sin(phase) * Math.exp(-seconds / 0.11);
  }
  return sound;
}

/** A burst of noise without its low part, over a short tone where the drum has a skin. */
function soundNoise(
  seconds: number,
  fallSeconds: number,
  random: SeededRandom,
  toneHz: number,
): Float32Array {
  const sound = new Float32Array(Math.ceil(seconds * 3 * SAMPLE_RATE));
  let before = 0;
  for (let at = 0; at < sound.length; at++) {
    const noise = random.between(-1, 1);
    const time = at / SAMPLE_RATE;
    const tone = toneHz === 0 ? 0 : 0.5 * Math.sin(2 * Math.PI * toneHz * time) * Math.exp(-time / 0.06);
    sound[at] = 0.5 * (noise - before) * Math.exp(-time / fallSeconds) + tone;
    before = noise;
  }
  return sound;
}

function shape(
  sound: Float32Array,
  {
    attackSeconds,
    heldSeconds,
    releaseSeconds,
  }: { attackSeconds: number; heldSeconds: number; releaseSeconds: number },
): void {
  const attack = Math.max(1, attackSeconds * SAMPLE_RATE);
  const held = heldSeconds * SAMPLE_RATE;
  const release = releaseSeconds * SAMPLE_RATE;
  for (let at = 0; at < sound.length; at++) {
    const rising = Math.min(1, at / attack);
    const falling = at < held ? 1 : Math.max(0, 1 - (at - held) / release) ** 2;
    sound[at] = (sound[at] ?? 0) * rising * falling;
  }
}
