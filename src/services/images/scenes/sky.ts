import { along, blend, smoothstep } from '../canvas.ts';
import { layeredNoise } from '../noise.ts';
import type { Scene } from './scene.ts';

/** Where the sun or the moon stands, in pixels. */
export interface LightSource {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

/** Paints a sky down to the horizon, with sun or moon, clouds, and stars at night. */
export function drawSky({ canvas, random, light }: Scene, horizon: number): LightSource {
  const { width, height } = canvas;
  const unit = Math.min(width, height);
  const clouds = layeredNoise(random, 5);
  const cover = random.between(0.5, 0.62);
  const source = {
    x: width * random.between(0.25, 0.75),
    y: height * horizon * (light.isNight ? random.between(0.2, 0.45) : random.between(0.45, 0.85)),
    radius: unit * random.between(0.045, 0.07),
  };
  const bottom = (height / unit) * horizon;
  canvas.fill((x, y) => {
    const sky = along(light.sky, y / bottom);
    const thickness = clouds(x * 2.2, y * 7) * 0.7 + clouds(x * 5 + 40, y * 14) * 0.3;
    const lit = Math.exp(-Math.hypot(x * unit - source.x, y * unit - source.y) / (unit * 0.45));
    const cloud = blend(blend(sky, light.far, 0.5), light.source, 0.25 + 0.6 * lit);
    return blend(sky, cloud, smoothstep(cover, cover + 0.22, thickness) * (light.isNight ? 0.3 : 0.75));
  });
  if (light.isNight) scatterStars({ canvas, random }, Math.round(width * height * 0.0009), horizon);
  canvas.glow(source.x, source.y, unit * 0.75, light.source, light.isNight ? 0.16 : 0.4);
  canvas.glow(source.x, source.y, source.radius * 3.5, light.source, 0.35);
  drawDisc(canvas, source, light);
  return source;
}

/** Stars of different sizes: many faint ones, few bright ones. */
export function scatterStars(
  { canvas, random }: Pick<Scene, 'canvas' | 'random'>,
  count: number,
  down: number,
): void {
  for (let star = 0; star < count; star++) {
    const size = random.next() ** 8;
    const warmth = random.between(0.8, 1);
    const [x, y] = [random.next() * canvas.width, random.next() * canvas.height * down];
    canvas.glow(x, y, 1.2 + size * 4, [warmth, 0.92, 1.75 - warmth * 0.8], 0.25 + size * 0.9);
  }
}

function drawDisc(canvas: Scene['canvas'], { x, y, radius }: LightSource, light: Scene['light']): void {
  for (let row = Math.floor(y - radius - 1); row <= y + radius + 1; row++)
    for (let column = Math.floor(x - radius - 1); column <= x + radius + 1; column++) {
      const edge = 1 - smoothstep(radius - 1, radius + 1, Math.hypot(column - x, row - y));
      if (edge > 0) canvas.mix(column, row, light.source, edge);
    }
}
