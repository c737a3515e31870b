import type { SeededRandom } from '../seeded-random.ts';
import { SCALES, type Mood, type ScaleName } from './mood.ts';
import type { TimbreName } from './timbres.ts';

/** One note of the score. Times count in beats from the beginning. */
export interface Note {
  readonly timbre: TimbreName;
  /** MIDI number; drums have none that matters. */
  readonly pitch: number;
  readonly beat: number;
  readonly beats: number;
  /** 0 to 1. */
  readonly loudness: number;
  /** −1 is left, 1 is right. */
  readonly pan: number;
}

/** A piece of music, written down. */
export interface Score {
  readonly beatsPerMinute: number;
  readonly notes: readonly Note[];
  /** Of whole bars. */
  readonly beats: number;
}

const BEATS_PER_BAR = 4;
/** Chords as steps of the scale, 0 is the tonic. Each row is four bars. */
type Progression = readonly [number, number, number, number];
const PROGRESSIONS: Readonly<Record<ScaleName, readonly [Progression, ...Progression[]]>> = {
  major: [[0, 4, 5, 3], [0, 5, 3, 4], [5, 3, 0, 4], [0, 3, 1, 4]],
  minor: [[0, 5, 2, 6], [0, 3, 5, 4], [0, 6, 5, 6], [5, 6, 0, 0]],
  dorian: [[0, 3, 0, 6], [0, 3, 6, 3], [0, 1, 3, 0], [0, 6, 3, 0]],
  lydian: [[0, 1, 0, 4], [0, 1, 5, 1], [0, 4, 1, 0], [5, 1, 0, 1]],
}; // prettier-ignore
/** Rhythms of one bar: the beats on which notes begin. */
type Rhythm = readonly number[];
const RHYTHMS: Readonly<Record<'sparse' | 'middle' | 'dense', readonly [Rhythm, ...Rhythm[]]>> = {
  sparse: [[0, 2], [0, 1.5], [0, 3], [1, 2]],
  middle: [[0, 1, 2.5], [0, 1.5, 2, 3], [0, 0.5, 1, 3], [0.5, 1.5, 2.5]],
  dense: [[0, 0.5, 1, 1.5, 2, 3], [0, 1, 1.5, 2, 2.5, 3.5], [0, 0.5, 1.5, 2, 2.5, 3]],
}; // prettier-ignore

/** Writes a piece of about so many seconds: chords, a bass, a melody that returns, and drums where the mood has them. */
export function composeScore(mood: Mood, seconds: number, random: SeededRandom): Score {
  const bars = Math.max(4, Math.round((seconds * mood.beatsPerMinute) / 60 / BEATS_PER_BAR));
  const [verse, refrain] = [random.pick(PROGRESSIONS[mood.scale]), random.pick(PROGRESSIONS[mood.scale])];
  const [theme, answer] = [composeMotif(mood, random), composeMotif(mood, random)];
  const notes: Note[] = [];
  for (let bar = 0; bar < bars; bar++) {
    const isLast = bar === bars - 1;
    const isRefrain = Math.floor(bar / 4) % 3 === 2;
    const chord = isLast ? 0 : ((isRefrain ? refrain : verse)[bar % 4] ?? 0);
    const at = bar * BEATS_PER_BAR;
    // The first bars and the last two only accompany.
    const isOpening = bar < Math.min(4, Math.floor(bars / 4));
    const isFull = !isOpening && bar < bars - 2;
    notes.push(...chordNotes(mood, chord, at), ...bassNotes(mood, chord, at, isFull, random));
    if (!isLast) notes.push(...arpeggio(mood, chord, at, random));
    if (isFull) notes.push(...melody(mood, chord, at, (isRefrain ? answer : theme)[bar % 2] ?? [], random));
    if (isFull && mood.hasDrums) notes.push(...drums(at, bar % 4 === 3));
    if (isLast) notes.push(note(mood.lead, pitchOf(mood, 7), at, BEATS_PER_BAR, 0.5, 0));
  }
  return { beatsPerMinute: mood.beatsPerMinute, notes, beats: bars * BEATS_PER_BAR };
}

/** The MIDI number of a step of the scale; 7 steps are an octave. */
function pitchOf({ tonic, scale }: Mood, step: number): number {
  const steps = SCALES[scale];
  const octave = Math.floor(step / steps.length);
  return tonic + 12 * octave + (steps[step - octave * steps.length] ?? 0);
}

function chordNotes(mood: Mood, chord: number, beat: number): Note[] {
  // Kept within an octave of the tonic, so that chords flow into each other.
  return [0, 2, 4].map((third, voice) => {
    const step = (chord + third) % 7;
    return note('pad', pitchOf(mood, step) - 12, beat, BEATS_PER_BAR, 0.3, (voice - 1) * 0.5);
  });
}

function bassNotes(mood: Mood, chord: number, beat: number, isFull: boolean, random: SeededRandom): Note[] {
  const root = pitchOf(mood, chord > 4 ? chord - 7 : chord) - 24;
  if (!isFull) return [note('bass', root, beat, BEATS_PER_BAR, 0.5, 0)];
  const fifth = pitchOf(mood, (chord > 4 ? chord - 7 : chord) + 4) - 24;
  return [
    note('bass', root, beat, 1.4, 0.6, 0),
    note('bass', random.chance(0.6) ? root : fifth, beat + 1.5, 0.9, 0.45, 0),
    note('bass', random.chance(0.5) ? fifth : root, beat + 2.5, 1.3, 0.5, 0),
  ];
}

function arpeggio(mood: Mood, chord: number, beat: number, random: SeededRandom): Note[] {
  const shape = random.pick([
    [0, 2, 4, 7, 4, 2, 4, 2],
    [0, 4, 2, 4, 7, 4, 2, 4],
    [0, 2, 4, 2, 7, 2, 4, 2],
  ]);
  return shape.map((third, index) =>
    note(mood.accompaniment, pitchOf(mood, (chord % 7) + third) - 12, beat + index / 2, 0.48, index % 4 === 0 ? 0.3 : 0.2, index % 2 === 0 ? -0.4 : 0.4),
  ); // prettier-ignore
}

/** A melody's seed: where in the bar its notes begin, and how far from the chord each lies. */
type Motif = readonly (readonly { readonly beat: number; readonly step: number }[])[];

function composeMotif({ density }: Mood, random: SeededRandom): Motif {
  const rhythms = density < 0.4 ? RHYTHMS.sparse : density < 0.65 ? RHYTHMS.middle : RHYTHMS.dense;
  let step = random.pick([0, 2, 4]);
  return [0, 1].map(() =>
    random.pick(rhythms).map((beat) => {
      step = Math.min(8, Math.max(-2, step + random.pick([-2, -1, -1, 1, 1, 2])));
      return { beat, step };
    }),
  );
}

function melody(mood: Mood, chord: number, at: number, motif: Motif[number], random: SeededRandom): Note[] {
  return motif.map(({ beat, step }, index) => {
    const until = motif[index + 1]?.beat ?? BEATS_PER_BAR;
    // On strong beats a melody rests on the chord: on its root, third or fifth.
    const isStrong = beat % 2 === 0;
    const wanted = isStrong ? 2 * Math.round(step / 2) : step;
    const degree = (chord > 3 ? chord - 7 : chord) + (isStrong && wanted === 6 ? 7 : wanted);
    const loudness = (isStrong ? 0.62 : 0.5) + random.between(-0.05, 0.05);
    return note(mood.lead, pitchOf(mood, degree) + 12, at + beat, (until - beat) * 0.94, loudness, 0.1);
  });
}

function drums(at: number, isTurn: boolean): Note[] {
  const hit = (timbre: TimbreName, beats: readonly number[], loudness: number, pan: number) =>
    beats.map((beat) => note(timbre, 0, at + beat, 0.25, loudness, pan));
  return [
    ...hit('kick', [0, 2, 2.5], 0.75, 0),
    ...hit('snare', isTurn ? [1, 3, 3.5, 3.75] : [1, 3], 0.32, 0.05),
    ...hit('hat', [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5], 0.14, 0.3),
  ];
}

function note(
  timbre: TimbreName,
  pitch: number,
  beat: number,
  beats: number,
  loudness: number,
  pan: number,
): Note {
  return { timbre, pitch, beat, beats, loudness, pan };
}
