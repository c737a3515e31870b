import { createHash } from 'node:crypto';

/** Random numbers that are the same for the same seed, on every machine. */
export interface SeededRandom {
  /** From 0 up to but without 1. */
  next(): number;
  /** Between two numbers. */
  between(least: number, most: number): number;
  /** A whole number, both ends included. */
  integer(least: number, most: number): number;
  /** One of the list, which must not be empty. */
  pick<Item>(list: readonly [Item, ...Item[]]): Item;
  /** Whether something of that probability happens. */
  chance(probability: number): boolean;
}

/** Numbers that follow from the words alone (sfc32, seeded by SHA-256). */
export function seededRandom(...words: readonly string[]): SeededRandom {
  const digest = createHash('sha256').update(JSON.stringify(words)).digest();
  let a = digest.readInt32LE(0);
  let b = digest.readInt32LE(4);
  let c = digest.readInt32LE(8);
  let counter = digest.readInt32LE(12);
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 2 ** 32;
  };
  const integer = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1));
  return {
    next,
    between: (least, most) => least + next() * (most - least),
    integer,
    pick: (list) => list[integer(0, list.length - 1)] ?? list[0],
    chance: (probability) => next() < probability,
  };
}
