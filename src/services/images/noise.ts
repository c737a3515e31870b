import type { SeededRandom } from '../seeded-random.ts';

/** Smooth noise over a plane, 0 to 1. */
export type Noise = (x: number, y: number) => number;

const SIZE = 256;

/** Noise of many sizes at once, from large to small: clouds, rock, water. */
export function layeredNoise(random: SeededRandom, layers: number): Noise {
  const single = smoothNoise(random);
  return (x, y) => {
    let [sum, weight, scale, most] = [0, 0.5, 1, 0];
    for (let layer = 0; layer < layers; layer++) {
      // Turned and moved, so that the grids of the layers do not show.
      sum +=
        weight *
        single(scale * (x * 0.8 - y * 0.6) + layer * 17.3, scale * (x * 0.6 + y * 0.8) + layer * 9.1);
      most += weight;
      weight *= 0.5;
      scale *= 2.03;
    }
    return sum / most;
  };
}

/** Random values on a grid, with soft ways between them. */
function smoothNoise(random: SeededRandom): Noise {
  const values = Float32Array.from({ length: SIZE * SIZE }, () => random.next());
  const value = (column: number, row: number) =>
    values[(row & (SIZE - 1)) * SIZE + (column & (SIZE - 1))] ?? 0;
  return (x, y) => {
    const [column, row] = [Math.floor(x), Math.floor(y)];
    const [u, v] = [soft(x - column), soft(y - row)];
    const top = value(column, row) * (1 - u) + value(column + 1, row) * u;
    const bottom = value(column, row + 1) * (1 - u) + value(column + 1, row + 1) * u;
    return top * (1 - v) + bottom * v;
  };
}

function soft(share: number): number {
  return share * share * share * (share * (share * 6 - 15) + 10);
}
