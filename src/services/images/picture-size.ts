import { JobFailure } from '../../provider/index.ts';

/** Width and height in pixels. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

const MAX_SIDE = 2048;
const MIN_SIDE = 64;
const USUAL_AREA = 1024 * 1024;

/**
 * The size that a request asks for by `size` (`800x600`), else by `ratio` (`16:9`, of about a million pixels), else
 * 1024 × 1024; sides of a ratio are multiples of 64, as models want them. Throws `JobFailure` `unsupported-size`.
 */
export function wantedSize(params: ReadonlyMap<string, readonly string[]>): PictureSize {
  const [width = 0, height = 0] = params.get('size')?.[0]?.split(/[x:]/).map(Number) ?? [];
  if (width !== 0 || params.has('size')) {
    if (![width, height].every((side) => side >= MIN_SIDE && side <= MAX_SIDE))
      throw new JobFailure('unsupported-size', `Both sides must have ${MIN_SIDE} to ${MAX_SIDE} pixels.`);
    return { width, height };
  }
  const [across = 1, down = 1] = params.get('ratio')?.[0]?.split(':').map(Number) ?? [];
  const unit = Math.sqrt(USUAL_AREA / (across * down));
  const side = (parts: number) => Math.max(MIN_SIDE, Math.round((parts * unit) / 64) * 64);
  return { width: side(across), height: side(down) };
}
