import type { SeededRandom } from '../seeded-random.ts';
import { colour, type Colour } from './canvas.ts';

/** The light of a scene and the colours it makes. */
export interface Light {
  /** From the top of the sky to the horizon. */
  readonly sky: readonly Colour[];
  /** Of the sun or the moon. */
  readonly source: Colour;
  /** What lies far away, and what lies near. */
  readonly far: Colour;
  readonly near: Colour;
  readonly isNight: boolean;
  /** Bright colours that go with it. */
  readonly accents: readonly [Colour, ...Colour[]];
}

const row = (hexes: string): readonly [Colour, ...Colour[]] => {
  const [first = colour('000000'), ...rest] = hexes.split(' ').map(colour);
  return [first, ...rest];
};

const LIGHTS = {
  dawn: { sky: row('33417a 7a6ea6 d79bb0 f7c9a9 fde8c9'), source: colour('fff1d6'), far: colour('c9a6bb'), near: colour('2c2a4a'), isNight: false, accents: row('f7c9a9 d79bb0 7a6ea6 fde8c9') },
  day: { sky: row('2468b4 4c93d6 8fc4ec d3ebf7'), source: colour('fffbe8'), far: colour('a9c9dd'), near: colour('1d3b34'), isNight: false, accents: row('2f8f6b e9c46a f4a261 4c93d6') },
  sunset: { sky: row('1f1f4d 5b2a6b b83b5e f08a5d f9d56e'), source: colour('fff0c0'), far: colour('c06c70'), near: colour('1d1230'), isNight: false, accents: row('f08a5d b83b5e 6a2c70 f9ed69') },
  night: { sky: row('050916 0b1531 16244d 2b3a67'), source: colour('f3f4e6'), far: colour('2b3a63'), near: colour('04060f'), isNight: true, accents: row('64dfdf 80ffdb 7400b8 5390d9') },
  winter: { sky: row('6d89a8 9db6cc c9d7e2 eef2f4'), source: colour('ffffff'), far: colour('d2dee6'), near: colour('3c4d5c'), isNight: false, accents: row('9db6cc 6d89a8 eef2f4 3c4d5c') },
} as const satisfies Readonly<Record<string, Light>>; // prettier-ignore

const TIMES: readonly (readonly [words: RegExp, name: keyof typeof LIGHTS])[] = [
  [/\b(sunset|evening|dusk|golden hour|autumn|fire|red|orange|romantic)\b/, 'sunset'],
  [/\b(night|moon\w*|dark|midnight|stars?|neon|cyberpunk)\b/, 'night'],
  [/\b(winter|snow\w*|ice|frozen|cold|fog\w*|mist\w*)\b/, 'winter'],
  [/\b(dawn|sunrise|morning|pink|pastel|spring)\b/, 'dawn'],
  [/\b(day|summer|sunny|noon|blue|green|beach|meadow)\b/, 'day'],
];

/** The hues that words ask for: their accents come before those of the light. */
const HUES: Readonly<Record<string, string>> = {
  red: 'e63946 9d0208', orange: 'f77f00 fcbf49', yellow: 'ffd60a ffc300', gold: 'd4af37 fff1b8',
  green: '2d6a4f 95d5b2', blue: '0077b6 90e0ef', purple: '7b2cbf c77dff', violet: '7b2cbf c77dff',
  pink: 'ff5d8f ffc8dd', black: '0b0b0f 33333d', white: 'f8f9fa dee2e6', teal: '008080 76c8b1',
}; // prettier-ignore

/** The light that the words ask for, or a random one. */
export function lightOf(words: string, random: SeededRandom): Light {
  const chance = random.pick<keyof typeof LIGHTS>(['dawn', 'day', 'sunset', 'night']);
  const light: Light = LIGHTS[TIMES.find(([pattern]) => pattern.test(words))?.[1] ?? chance];
  const wished = Object.entries(HUES).flatMap(([name, hexes]) =>
    new RegExp(`\\b${name}`).test(words) ? row(hexes) : [],
  );
  const [first, ...rest] = [...wished, ...light.accents];
  return first === undefined ? light : { ...light, accents: [first, ...rest] };
}
