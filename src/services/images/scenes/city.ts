import { blend, smoothstep, type Colour } from '../canvas.ts';
import { layeredNoise } from '../noise.ts';
import type { Scene } from './scene.ts';
import { drawSky } from './sky.ts';

const HORIZON = 0.8;

/** Rows of houses before the sky, with lights in their windows, over wet ground that mirrors them. */
export function drawCity(scene: Scene): void {
  const { canvas, light } = scene;
  drawSky(scene, HORIZON);
  for (const nearness of [0, 0.33, 0.66, 1]) drawRow(scene, nearness);
  drawGround(scene);
  canvas.glow(
    canvas.width / 2,
    canvas.height * HORIZON,
    canvas.width * 0.7,
    light.accents[0],
    light.isNight ? 0.18 : 0.08,
  );
}

function drawRow(scene: Scene, nearness: number): void {
  const { canvas, random } = scene;
  const { width, height } = canvas;
  const unit = Math.min(width, height);
  let left = -unit * random.between(0, 0.08);
  while (left < width) {
    const wide = unit * random.between(0.05, 0.12) * (0.6 + nearness * 0.7);
    const tall =
      height * (random.between(0.12, 0.5) * (1 - nearness * 0.45) + (random.chance(0.12) ? 0.14 : 0));
    drawHouse(scene, { left: Math.round(left), wide: Math.round(wide), tall: Math.round(tall), nearness });
    left += wide * random.between(0.85, 1.25);
  }
}

interface House {
  readonly left: number;
  readonly wide: number;
  readonly tall: number;
  readonly nearness: number;
}

function drawHouse({ canvas, random, light }: Scene, { left, wide, tall, nearness }: House): void {
  const foot = Math.round(canvas.height * HORIZON);
  const top = foot - tall;
  const wall = blend(light.far, light.near, 0.3 + 0.7 * nearness);
  const haze = light.sky.at(-1) ?? light.far;
  for (let row = top; row < foot; row++)
    for (let column = left; column < left + wide; column++) {
      const shaded = blend(wall, [0, 0, 0], ((column - left) / wide) * 0.35);
      canvas.mix(
        column,
        row,
        blend(shaded, haze, smoothstep(0.3, 1, (row - top) / tall) * 0.35 * (1 - nearness)),
        1,
      );
    }
  if (random.chance(0.3))
    for (let row = top - Math.round(tall * 0.15); row < top; row++)
      canvas.mix(left + (wide >> 1), row, wall, 1);
  const cell = Math.max(4, Math.round(wide / random.integer(5, 9)));
  const glass = Math.max(2, Math.round(cell * 0.55));
  const share = light.isNight ? random.between(0.25, 0.6) : random.between(0.08, 0.3);
  const neon = random.pick(light.accents);
  for (let row = top + cell; row + cell < foot; row += Math.round(cell * 1.5))
    for (let column = left + (cell >> 1); column + glass < left + wide - 1; column += cell)
      if (random.chance(share)) {
        const lamp: Colour = random.chance(0.8) ? [1, 0.82, 0.5] : neon;
        drawWindow(
          canvas,
          column,
          row,
          glass,
          blend(lamp, wall, random.between(0, 0.5) + 0.2 * (1 - nearness)),
        );
      }
}

function drawWindow(canvas: Scene['canvas'], left: number, top: number, size: number, lamp: Colour): void {
  for (let row = top; row < top + size * 1.3; row++)
    for (let column = left; column < left + size; column++) canvas.mix(column, row, lamp, 0.9);
  canvas.glow(left + size / 2, top + size / 2, size * 3, lamp, 0.1);
}

function drawGround({ canvas, random, light }: Scene): void {
  const ripples = layeredNoise(random, 4);
  const shore = Math.round(canvas.height * HORIZON);
  for (let row = shore; row < canvas.height; row++) {
    const nearness = (row - shore) / (canvas.height - shore);
    for (let column = 0; column < canvas.width; column++) {
      const ripple = ripples(column / 30, row / (4 + nearness * 14)) - 0.5;
      const mirrored = canvas.at(
        column + ripple * 26 * nearness,
        shore - 1 - (row - shore) * 1.4 + ripple * 30,
      );
      canvas.mix(column, row, blend(mirrored, light.near, 0.35 + 0.4 * nearness), 1);
    }
  }
}
