import type { SqliteStore } from '../../store/index.ts';
import { personOf, unpackPeople } from './person.ts';

/** Whom one person is near to, as its own follows show it. */
export interface Network {
  readonly follows: ReadonlySet<bigint>;
  /** Of people beyond them: by how many of the followed they are followed, each weighed by how choosy it is. */
  readonly second: ReadonlyMap<bigint, number>;
}

/** Follow lists read before the rest of the process gets its turn. */
const PORTION = 100;
/** Somebody whom this weight of the followed follows is half as near as the followed themselves. */
const NEAR = 1;

/** The network around the people that somebody follows (hex keys). */
export async function networkOf(
  { db }: SqliteStore,
  pubkeys: readonly string[],
  signal: AbortSignal,
): Promise<Network> {
  const follows = new Set(pubkeys.map(personOf));
  const second = new Map<bigint, number>();
  const list = db.prepare('SELECT follows FROM people WHERE person = ?');
  let read = 0;
  for (const person of follows) {
    const packed = list.get(person)?.['follows'];
    if (packed instanceof Uint8Array) {
      const named = unpackPeople(packed);
      // Who follows thousands says less about each of them.
      const weight = 1 / Math.sqrt(Math.max(1, named.length));
      for (const other of named)
        if (!follows.has(other)) second.set(other, (second.get(other) ?? 0) + weight);
    }
    read += 1;
    if (read % PORTION === 0) await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
  }
  return { follows, second };
}

/** How near somebody is, 0 to 1. */
export function nearness({ follows, second }: Network, person: bigint): number {
  return follows.has(person) ? 1 : Math.min(0.5, (second.get(person) ?? 0) / (2 * NEAR));
}
