import type { ResultFile } from '../../provider/index.ts';
import type { PictureSize } from './picture-size.ts';

/** A picture to paint. */
export interface PictureWish {
  readonly prompt: string;
  readonly negativePrompt: string;
  /** As the customer wrote it; empty where there is none. */
  readonly seed: string;
  readonly size: PictureSize;
  readonly signal: AbortSignal;
}

/** What paints. */
export interface Painter {
  /** What it says of itself, in a sentence: never to be a model where it is none. */
  readonly about: string;
  /** The names under which its model can be asked for. */
  readonly models: readonly string[];
  readonly usualSeconds: number;
  readonly worstSeconds: number;
  /** Throws `JobFailure` with `service-unavailable` or `picture-failed`. */
  paint(wish: PictureWish): Promise<ResultFile>;
}
