import { encode } from 'fast-png';
import { seededRandom, type SeededRandom } from '../seeded-random.ts';
import { Canvas } from './canvas.ts';
import { lightOf } from './light.ts';
import { drawAbstract } from './scenes/abstract.ts';
import { drawCity } from './scenes/city.ts';
import { drawLandscape } from './scenes/landscape.ts';
import { drawSpace } from './scenes/space.ts';
import type { Scene } from './scenes/scene.ts';

/** A picture to draw. */
export interface Drawing {
  readonly prompt: string;
  readonly seed: string;
  readonly width: number;
  readonly height: number;
}

/** Words, and the scene that they choose; the first that fits is taken. */
const SCENES: readonly (readonly [words: RegExp, draw: (scene: Scene) => void])[] = [
  [/\b(space|galax\w*|nebula\w*|planet\w*|stars?|cosm\w*|universe|saturn|mars|alien\w*|astronaut\w*)\b/, drawSpace],
  [/\b(city|cities|town|skyline|street\w*|buildings?|skyscraper\w*|urban|cyberpunk|neon|tokyo|york)\b/, drawCity],
  [/\b(abstract|pattern\w*|marble|texture\w*|psychedelic|fluid|ink|waves? of|smoke|logo|music|dream\w*)\b/, drawAbstract],
  [/\b(mountain\w*|hill\w*|valley|landscape|sea|ocean|beach|lake|river|forest|tree\w*|desert|snow\w*|sun\w*|sky|nature|field\w*|island|alps|water|coast|meadow|winter|night|moon\w*)\b/, drawLandscape],
]; // prettier-ignore

/** A PNG file. The same drawing gives the same bytes. */
export function drawPicture({ prompt, seed, width, height }: Drawing): Uint8Array {
  const random = seededRandom('picture', prompt, seed);
  const words = prompt.toLowerCase();
  const canvas = new Canvas(width, height);
  const draw = SCENES.find(([pattern]) => pattern.test(words))?.[1] ?? anyScene(random);
  draw({ canvas, words, random, light: lightOf(words, random) });
  return encode({ width, height, data: canvas.finish(), depth: 8, channels: 3 });
}

function anyScene(random: SeededRandom): (scene: Scene) => void {
  return random.pick([drawLandscape, drawAbstract, drawSpace]);
}
