import { along, blend, smoothstep, type Colour } from '../canvas.ts';
import { layeredNoise } from '../noise.ts';
import type { Scene } from './scene.ts';
import { scatterStars } from './sky.ts';

const DARK: Colour = [0.012, 0.014, 0.035];

/** Clouds of gas between stars, and planets before them. */
export function drawSpace(scene: Scene): void {
  const { canvas, random, light, words } = scene;
  const gas = layeredNoise(random, 6);
  const accents = light.accents;
  const [first, second] = [accents[0], accents[1 % accents.length] ?? accents[0]];
  canvas.fill((x, y) => {
    const bend = gas(x * 1.7 + 5, y * 1.7) * 1.6;
    const dense = smoothstep(0.44, 0.86, gas(x * 1.5 + bend, y * 1.5 - bend));
    const veil = smoothstep(0.42, 0.8, gas(x * 2.6 - bend + 30, y * 2.6));
    const cloud = blend(first, second, gas(x * 2 + 60, y * 2 + bend));
    const lit = blend(DARK, cloud, Math.min(1, dense * 1.05));
    return blend(lit, [1, 0.93, 0.86], dense * dense * veil * 0.65);
  });
  scatterStars(scene, Math.round(canvas.width * canvas.height * 0.0016), 1);
  const planets = /\b(planet\w*|saturn|mars|world\w*)\b/.test(words) ? 2 : random.integer(0, 1);
  for (let index = 0; index < planets; index++) drawPlanet(scene, index);
}

function drawPlanet({ canvas, random, light, words }: Scene, index: number): void {
  const unit = Math.min(canvas.width, canvas.height);
  const radius = unit * (index === 0 ? random.between(0.16, 0.26) : random.between(0.03, 0.07));
  // The first stands to the right, a small one far from it.
  const [x, y] =
    index === 0
      ? [canvas.width * random.between(0.5, 0.72), canvas.height * random.between(0.35, 0.65)]
      : [canvas.width * random.between(0.08, 0.2), canvas.height * random.between(0.12, 0.85)];
  const surface = layeredNoise(random, 6);
  const isStriped = random.chance(0.5) || /saturn|jupiter/.test(words);
  const hasRing = index === 0 && (/saturn|ring/.test(words) || random.chance(0.4));
  const tilt = random.between(-0.5, 0.5);
  const [dark, bright] = [
    blend(random.pick(light.accents), [0, 0, 0], 0.45),
    blend(random.pick(light.accents), [1, 1, 1], 0.45),
  ];
  const ring = (isBefore: boolean) => {
    if (hasRing) drawRing(canvas, { x, y, radius, tilt, colour: bright, isBefore });
  };
  ring(false);
  for (let row = Math.floor(y - radius - 1); row <= y + radius + 1; row++)
    for (let column = Math.floor(x - radius - 1); column <= x + radius + 1; column++) {
      const [u, v] = [(column - x) / radius, (row - y) / radius];
      const distance = Math.hypot(u, v);
      if (distance > 1.01) continue;
      const bulge = Math.sqrt(Math.max(0, 1 - distance * distance));
      const latitude = v * Math.cos(tilt) - u * Math.sin(tilt);
      const [along1, along2] = isStriped
        ? [surface(u * 1.2, latitude * 9), latitude * 6]
        : [surface(u * 3.2 + bulge, v * 3.2), 0];
      const ground = along([dark, bright, dark, blend(bright, dark, 0.3)], (along1 + along2 * 0.12) % 1);
      // The sun stands to the upper left, behind us.
      const sunlight = Math.max(0.02, -0.62 * u - 0.5 * v + 0.6 * bulge);
      const rim = smoothstep(0.75, 1, distance) * Math.max(0, -0.7 * u - 0.6 * v) * 0.5;
      const lit: Colour = [
        ground[0] * sunlight + rim * 0.5,
        ground[1] * sunlight + rim * 0.7,
        ground[2] * sunlight + rim,
      ];
      canvas.mix(column, row, lit, 1 - smoothstep(1 - 1.5 / radius, 1 + 0.5 / radius, distance));
    }
  ring(true);
}

function drawRing(
  canvas: Scene['canvas'],
  ring: {
    readonly x: number;
    readonly y: number;
    readonly radius: number;
    readonly tilt: number;
    readonly colour: Colour;
    readonly isBefore: boolean;
  },
): void {
  const { x, y, radius, tilt, isBefore } = ring;
  const reach = radius * 2.3;
  for (let row = Math.floor(y - reach); row <= y + reach; row++)
    for (let column = Math.floor(x - reach); column <= x + reach; column++) {
      const [dx, dy] = [column - x, row - y];
      const u = dx * Math.cos(tilt) + dy * Math.sin(tilt);
      const v = (dy * Math.cos(tilt) - dx * Math.sin(tilt)) / 0.28;
      if (v > 0 !== isBefore) continue;
      const distance = Math.hypot(u, v) / radius;
      const bands = 0.55 + 0.45 * Math.sin(distance * 46) * Math.sin(distance * 17 + 1);
      const opacity = smoothstep(1.3, 1.36, distance) * (1 - smoothstep(2.1, 2.2, distance)) * bands * 0.75;
      if (opacity > 0.01) canvas.mix(column, row, blend(ring.colour, [1, 1, 1], 0.2), opacity);
    }
}
