import type { SqliteStore } from '../../store/index.ts';
import { personOf, unpackPeople } from './person.ts';

/** What of somebody's rank goes on to those whom they follow; the rest returns to the roots. */
const DAMPING = 0.85;
const ROUNDS = 15;
/** Follows that are taken into account, which bounds memory: four bytes each. */
const MAX_EDGES = 4_000_000;
/** Trust that changed by less than this share stays as it is: most of it does from one look to the next. */
const SMALL_CHANGE = 0.01;
/** Lists read, or ranks written, before the rest of the process gets its turn. */
const PORTION = 500;

/** Who follows whom: the people of the index by number, and of each whom it follows. */
interface FollowGraph {
  readonly people: readonly bigint[];
  /** Edges of person `i` are `edges[starts[i]]` up to `edges[starts[i + 1]]`. */
  readonly starts: Uint32Array;
  readonly edges: Uint32Array;
}

/**
 * Works out how far each key of the index is trusted, 0 to 1, and writes it down: rank flows from the roots along
 * follows (personalised PageRank), so that any number of invented keys share no more than what real people who follow
 * them give away. Without roots everybody who publishes a follow list is one, which resists invented keys far less.
 */
export async function updateTrust(
  store: SqliteStore,
  roots: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const graph = await readGraph(store, signal);
  if (graph === null) return;
  const ranks = await rank(graph, rootsIn(graph, roots), signal);
  const full = middleOfMass(ranks);
  for (let from = 0; from < graph.people.length && !signal.aborted; from += PORTION) {
    await store.write((db) => {
      const write = db.prepare('UPDATE people SET trust = ? WHERE person = ? AND abs(trust - ?) > ?');
      for (const [offset, person] of graph.people.slice(from, from + PORTION).entries()) {
        const trust = full === 0 ? 0 : Math.min(1, (ranks[from + offset] ?? 0) / full);
        write.run(trust, person, trust, trust * SMALL_CHANGE);
      }
    });
  }
}

/** The graph as the index has it; `null` when the signal aborted meanwhile. */
async function readGraph({ db }: SqliteStore, signal: AbortSignal): Promise<FollowGraph | null> {
  const listed = db.prepare('SELECT person FROM people');
  listed.setReadBigInts(true);
  const people = listed.all().flatMap(({ person }) => (typeof person === 'bigint' ? [person] : []));
  const numbers = new Map(people.map((person, index) => [person, index]));
  const starts = new Uint32Array(people.length + 1);
  const edges: number[] = [];
  const follows = db.prepare('SELECT follows FROM people WHERE person = ?');
  for (const [index, person] of people.entries()) {
    const packed = follows.get(person)?.['follows'];
    if (packed instanceof Uint8Array && edges.length < MAX_EDGES)
      for (const followed of unpackPeople(packed)) {
        const number = numbers.get(followed);
        if (number !== undefined) edges.push(number);
      }
    starts[index + 1] = edges.length;
    if (index % PORTION === 0) await turn();
    if (signal.aborted) return null;
  }
  return { people, starts, edges: Uint32Array.from(edges) };
}

function rootsIn({ people, starts }: FollowGraph, roots: readonly string[]): readonly number[] {
  const wanted = new Set(roots.map(personOf));
  const named = people.flatMap((person, index) => (wanted.has(person) ? [index] : []));
  if (named.length > 0) return named;
  return people.flatMap((_, index) => ((starts[index + 1] ?? 0) > (starts[index] ?? 0) ? [index] : []));
}

async function rank(
  { people, starts, edges }: FollowGraph,
  roots: readonly number[],
  signal: AbortSignal,
): Promise<Float64Array> {
  let ranks = new Float64Array(people.length);
  for (const root of roots) ranks[root] = 1 / roots.length;
  for (let round = 0; round < ROUNDS && !signal.aborted; round++) {
    const next = new Float64Array(people.length);
    let flowing = 0;
    for (let index = 0; index < people.length; index++) {
      const [from, to] = [starts[index] ?? 0, starts[index + 1] ?? 0];
      if (from === to) continue;
      const share = (DAMPING * (ranks[index] ?? 0)) / (to - from);
      flowing += share * (to - from);
      for (let edge = from; edge < to; edge++) next[edges[edge] ?? 0] = (next[edges[edge] ?? 0] ?? 0) + share;
    }
    for (const root of roots) next[root] = (next[root] ?? 0) + (1 - flowing) / roots.length;
    ranks = next;
    await turn();
  }
  return ranks;
}

/**
 * The rank from which on somebody counts in full: those above it hold half of all rank together. A share of all rank
 * and no rank of a place, because places can be filled with invented keys and rank cannot.
 */
function middleOfMass(ranks: Float64Array): number {
  const falling = ranks.toSorted((left, right) => right - left);
  let mass = 0;
  return falling.find((share) => (mass += share) >= 0.5) ?? 0;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
