import type { SeededRandom } from '../seeded-random.ts';
import type { TimbreName } from './timbres.ts';

/** Semitones above the root. */
export const SCALES = {
  major: [0, 2, 4, 5, 7, 9, 11],
  minor: [0, 2, 3, 5, 7, 8, 10],
  dorian: [0, 2, 3, 5, 7, 9, 10],
  lydian: [0, 2, 4, 6, 7, 9, 11],
} as const;
/** A scale by name. */
export type ScaleName = keyof typeof SCALES;

/** What a piece is like. */
export interface Mood {
  readonly scale: ScaleName;
  /** MIDI number of the tonic, around middle C. */
  readonly tonic: number;
  readonly beatsPerMinute: number;
  readonly lead: TimbreName;
  readonly accompaniment: TimbreName;
  readonly hasDrums: boolean;
  /** 0 to 1: how many notes the melody has. */
  readonly density: number;
  /** 0 to 1. */
  readonly reverb: number;
}

/** Words that change the mood, and how. Those that stand later in the list win. */
const WORDS: readonly (readonly [pattern: RegExp, change: Partial<Mood>])[] = [
  [/\b(happy|cheer\w*|sun\w*|bright|joy\w*|party|summer|fun)\b/, { scale: 'major', beatsPerMinute: 116, density: 0.7 }],
  [/\b(sad\w*|melanchol\w*|rain\w*|lonely|grief|dark\w*|night|autumn|winter)\b/, { scale: 'minor', beatsPerMinute: 76, density: 0.4 }],
  [/\b(dream\w*|space|star\w*|magic\w*|wonder\w*|fairy|float\w*)\b/, { scale: 'lydian', beatsPerMinute: 84, reverb: 0.42, lead: 'bell' }],
  [/\b(jazz\w*|funk\w*|groov\w*|cool|city|cafe|café)\b/, { scale: 'dorian', beatsPerMinute: 104, hasDrums: true, lead: 'keys' }],
  [/\b(epic|heroic|battle|adventure|march\w*|triumph\w*)\b/, { scale: 'minor', beatsPerMinute: 112, hasDrums: true, density: 0.6 }],
  [/\b(calm|relax\w*|ambient|sleep\w*|medita\w*|lullaby|slow|soft|peace\w*|lo-?fi)\b/, { beatsPerMinute: 68, density: 0.3, hasDrums: false, reverb: 0.38 }],
  [/\b(danc\w*|fast|energ\w*|techno|club|disco|electronic|drum\w*|beat|upbeat|run\w*)\b/, { beatsPerMinute: 126, density: 0.75, hasDrums: true }],
  [/\b(piano|keys)\b/, { lead: 'keys' }],
  [/\b(guitar|harp|lute|strings?|folk)\b/, { lead: 'pluck', accompaniment: 'pluck' }],
  [/\b(flute|whistle|wind|pan ?pipe)\b/, { lead: 'flute' }],
  [/\b(bells?|chimes?|music ?box|christmas)\b/, { lead: 'bell' }],
  [/\b(organ|church|hymn)\b/, { lead: 'organ', accompaniment: 'organ', reverb: 0.45 }],
  [/\b(8-?bit|chiptune|video ?game|arcade|retro)\b/, { lead: 'square', accompaniment: 'square', hasDrums: true, reverb: 0.08 }],
  [/\bno drums\b|\bwithout drums\b/, { hasDrums: false }],
  [/\bminor\b/, { scale: 'minor' }],
  [/\bmajor\b/, { scale: 'major' }],
]; // prettier-ignore

/** What the words of a prompt ask for; what they leave open is chosen by the random numbers. */
export function moodOf(prompt: string, random: SeededRandom): Mood {
  const open: Mood = {
    scale: random.pick(['major', 'minor', 'dorian', 'lydian']),
    tonic: random.integer(55, 66),
    beatsPerMinute: random.integer(80, 112),
    lead: random.pick(['keys', 'bell', 'flute', 'pluck']),
    accompaniment: random.pick(['pluck', 'keys']),
    hasDrums: random.chance(0.5),
    density: random.between(0.4, 0.65),
    reverb: random.between(0.18, 0.3),
  };
  const words = prompt.toLowerCase();
  const mood = WORDS.filter(([pattern]) => pattern.test(words)).reduce<Mood>(
    (so, [, change]) => ({ ...so, ...change }),
    open,
  );
  const tempo = /\b(\d{2,3}) ?bpm\b/.exec(words)?.[1];
  return tempo === undefined ? mood : { ...mood, beatsPerMinute: Math.min(180, Math.max(50, Number(tempo))) };
}
