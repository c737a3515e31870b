import { blend, smoothstep, type Colour } from '../canvas.ts';
import { layeredNoise } from '../noise.ts';
import type { Scene } from './scene.ts';
import { drawSky, type LightSource } from './sky.ts';

/** Ranges of mountains that grow paler with distance; water before them, trees or snow on them, as the words say. */
export function drawLandscape(scene: Scene): void {
  const { words, random } = scene;
  const isSea = /\b(sea|ocean|beach|coast|island|waves?)\b/.test(words);
  const hasWater = isSea || /\b(lake|river|water|reflect\w*)\b/.test(words) || random.chance(0.35);
  const horizon = isSea ? random.between(0.52, 0.6) : hasWater ? random.between(0.66, 0.74) : 0.72;
  const sun = drawSky(scene, horizon);
  const hasTrees = /\b(forest|tree\w*|pine\w*|woods?|jungle)\b/.test(words) || (!isSea && random.chance(0.4));
  const ranges = isSea ? random.integer(0, 2) : random.integer(4, 6);
  for (let index = 0; index < ranges; index++) {
    const nearness = ranges === 1 ? 0.2 : index / (ranges - 1);
    const isLast = index === ranges - 1;
    drawRange(scene, {
      step: hasWater ? 0 : nearness * 0.2,
      nearness: isSea ? nearness * 0.3 : hasWater ? nearness * 0.75 : nearness,
      foot: horizon,
      lift: isSea ? 0.05 : 0.3 * (1 - nearness * (hasWater ? 0.75 : 1)),
      below: hasWater ? horizon : 1,
      hasTrees: hasTrees && (nearness > 0.45 || isLast),
    });
  }
  if (hasWater) drawWater(scene, horizon, sun);
  if (hasTrees && !isSea)
    drawRange(scene, { nearness: 1, foot: 0.97, step: 0, lift: -0.01, below: 1, hasTrees: true });
}

interface Range {
  /** 0 is at the horizon, 1 right before us. */
  readonly nearness: number;
  /** Heights as shares of the picture, from the top. */
  readonly foot: number;
  readonly step: number;
  readonly lift: number;
  readonly below: number;
  readonly hasTrees: boolean;
}

function drawRange({ canvas, random, light, words }: Scene, range: Range): void {
  const { width, height } = canvas;
  const { nearness, foot, step, lift, below, hasTrees } = range;
  const shape = layeredNoise(random, 6);
  const rock = layeredNoise(random, 4);
  const isSnowy = /\b(snow\w*|alps|winter|ice|himalaya\w*)\b/.test(words);
  const body = blend(light.far, light.near, 0.15 + 0.85 * nearness);
  const mist = blend(body, light.sky.at(-1) ?? light.far, 0.55 * (1 - nearness));
  const roughness = 0.22 - 0.1 * nearness;
  const jagged = 2.2 + nearness * 1.2;
  let [treeAt, tree] = [0, 0];
  for (let column = 0; column < width; column++) {
    const x = (column / Math.min(width, height)) * jagged;
    const ridge = shape(x, 3 + nearness * 11) - 0.5;
    const peak = (foot + step - lift * 0.55 - ridge * roughness * 2.4) * height;
    if (hasTrees && column >= treeAt) {
      tree = height * (0.012 + 0.045 * nearness) * random.between(0.5, 1);
      treeAt = column + Math.max(3, tree * random.between(0.3, 0.6));
    }
    const across = hasTrees ? Math.abs((treeAt - column) / Math.max(1, tree * 0.3) - 0.75) : 1;
    const top = hasTrees ? peak - tree * Math.max(0, 1 - across) : peak;
    const end = Math.min(height, below * height);
    for (let row = Math.max(0, Math.floor(top)); row < end; row++) {
      const depth = (row - peak) / height;
      const grain = rock(column / 60, row / 45) - 0.5;
      let paint: Colour = blend(body, mist, smoothstep(0, 0.2, depth));
      paint = blend(paint, light.source, Math.max(0, grain) * 0.25 * (1 - nearness * 0.6));
      paint = blend(paint, [0, 0, 0], Math.max(0, -grain) * 0.5);
      const snowLine = 0.045 + grain * 0.09 + ridge * 0.12;
      if (isSnowy && nearness < 0.8 && depth < snowLine) paint = blend(paint, [0.95, 0.97, 1], 0.85);
      canvas.mix(column, row, paint, Math.min(1, row + 1 - top));
    }
  }
}

/** Water mirrors what stands above it, broken by waves that grow towards us; the light lies on it as a path. */
function drawWater({ canvas, random, light }: Scene, horizon: number, sun: LightSource): void {
  const { width, height } = canvas;
  const waves = layeredNoise(random, 4);
  const shore = Math.floor(horizon * height);
  for (let row = shore; row < height; row++) {
    const nearness = (row - shore) / (height - shore);
    const stretch = 1 / (0.03 + nearness * 0.3);
    for (let column = 0; column < width; column++) {
      const wave = waves((column / height) * stretch * 1.6, (row / height) * stretch * 9) - 0.5;
      const mirrored = shore - (row - shore) * 0.85 + wave * height * (0.02 + 0.09 * nearness);
      const reflection = canvas.at(column + wave * 14 * nearness, Math.min(shore - 1, mirrored));
      const deep = blend(light.near, light.sky[0] ?? light.near, 0.45);
      const water = blend(reflection, deep, 0.18 + 0.5 * nearness);
      const path = Math.exp(-(((column - sun.x) / (sun.radius * (1.1 + nearness * 3.2))) ** 2));
      const glitter = smoothstep(0.03, 0.2, wave) * path;
      const crest = smoothstep(0.16, 0.34, wave) * 0.12 * nearness;
      canvas.mix(column, row, blend(water, light.source, Math.min(0.9, glitter + crest)), 1);
    }
  }
}
