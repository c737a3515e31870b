import type { SeededRandom } from '../../seeded-random.ts';
import type { Canvas } from '../canvas.ts';
import type { Light } from '../light.ts';

/** What a scene is drawn with. */
export interface Scene {
  readonly canvas: Canvas;
  /** The prompt in lower case. */
  readonly words: string;
  readonly random: SeededRandom;
  readonly light: Light;
}
