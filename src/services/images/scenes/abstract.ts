import { along, blend, smoothstep } from '../canvas.ts';
import { layeredNoise } from '../noise.ts';
import type { Scene } from './scene.ts';

/** Ink in water: noise that is bent by noise that is bent by noise, in the colours that were asked for. */
export function drawAbstract({ canvas, random, light }: Scene): void {
  const noise = layeredNoise(random, 5);
  const colours = [light.near, ...light.accents.slice(0, 4), light.source];
  const zoom = random.between(1.1, 2);
  const bend = random.between(1.6, 3);
  const veins = random.between(5, 11);
  canvas.fill((x, y) => {
    const [u, v] = [x * zoom, y * zoom];
    const [a, b] = [noise(u, v), noise(u + 5.2, v + 1.3)];
    const [c, d] = [
      noise(u + bend * a + 1.7, v + bend * b + 9.2),
      noise(u + bend * a + 8.3, v + bend * b + 2.8),
    ];
    const value = noise(u + bend * c, v + bend * d);
    const base = along(colours, smoothstep(0.2, 0.8, value) * 0.85 + 0.15 * c);
    const vein = Math.abs(Math.sin(value * veins * Math.PI + d * 4)) ** 14;
    const shade = smoothstep(0.25, 0.75, d);
    return blend(blend(base, [0, 0, 0], 0.45 * (1 - shade)), light.source, vein * 0.3);
  });
}
