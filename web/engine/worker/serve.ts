import type { CallMessage, FromEngine, ToEngine, WatchMessage } from '../wire.ts';
import { NO_ROWS, splicesBetween } from '../rows.ts';
import type { Calls } from './calls.ts';
import type { Topics } from './topics.ts';

/** A page that says nothing for so long has crashed; hidden ones speak once a minute. */
const FORGET_MS = 180_000;
const LOOK_MS = 30_000;

interface Page {
  readonly calls: Set<number>;
  readonly watches: Map<number, AbortController>;
  heardAtMs: number;
}

/** Distributes over `Omit`. */
type Said = FromEngine extends infer Message
  ? Message extends FromEngine
    ? Omit<Message, 'leader'>
    : never
  : never;

/** The engine's end of the channel. */
export interface Server {
  hear(message: ToEngine): void;
  /** The page that a person looked at last; `null` before any was heard. */
  readonly seenPage: string | null;
}

/** Answers the calls of all pages and keeps telling them what they watch. */
export function serve(
  engine: Promise<{ readonly calls: Calls; readonly topics: Topics }>,
  send: (message: Said) => void,
): Server {
  const pages = new Map<string, Page>();
  let seenPage: string | null = null;

  const pageOf = (name: string): Page => {
    const page = pages.get(name) ?? { calls: new Set(), watches: new Map(), heardAtMs: 0 };
    pages.set(name, page);
    page.heardAtMs = performance.now();
    return page;
  };
  const forget = (name: string) => {
    for (const watch of pages.get(name)?.watches.values() ?? []) watch.abort();
    pages.delete(name);
  };
  const call = async (to: string, { id, name, input }: CallMessage): Promise<void> => {
    const { calls } = pageOf(to);
    if (calls.has(id)) return; // asked again, while the answer is on its way
    calls.add(id);
    try {
      const act: (given: never) => Promise<unknown> = (await engine).calls[name];
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the message pairs the name with its own input
      send({ type: 'answer', to, id, output: await act(input as never) });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      send({ type: 'broken', to, id, code: codeOf(error), message });
    } finally {
      calls.delete(id);
    }
  };
  const watch = async (to: string, { id, topic, input }: WatchMessage): Promise<void> => {
    const { watches } = pageOf(to);
    if (watches.has(id)) return;
    const watching = new AbortController();
    watches.set(id, watching);
    const begin: (given: never, tell: (state: unknown) => void, signal: AbortSignal) => void = (await engine)
      .topics[topic];
    let told: readonly unknown[] | null = null;
    const tell = (state: unknown) => {
      if (watching.signal.aborted) return;
      if (!isList(state)) return send({ type: 'state', to, id, state });
      const isFirst = told === null;
      const splices = splicesBetween(told ?? [], state);
      if (isFirst && splices.length === 0) splices.push(NO_ROWS);
      for (const [index, splice] of splices.entries())
        send({ type: 'rows', to, id, first: isFirst && index === 0, splice });
      told = [...state]; // whoever told it may go on writing on it
    };
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the message pairs the topic with its own input
    if (!watching.signal.aborted) begin(input as never, tell, watching.signal);
  };

  setInterval(() => {
    for (const [name, { heardAtMs }] of pages) if (performance.now() - heardAtMs > FORGET_MS) forget(name);
  }, LOOK_MS);

  return {
    get seenPage() {
      return seenPage;
    },
    hear(message) {
      const { from } = message;
      switch (message.type) {
        case 'call':
          return void call(from, message);
        case 'watch':
          return void watch(from, message);
        case 'unwatch': {
          const { watches } = pageOf(from);
          watches.get(message.id)?.abort();
          watches.delete(message.id);
          return;
        }
        case 'here':
          pageOf(from);
          if (message.visible || seenPage === null) seenPage = from;
          return;
        case 'gone':
          return forget(from);
        case 'found':
          return;
      }
    },
  };
}

function isList(state: unknown): state is readonly unknown[] {
  return Array.isArray(state);
}

/** A full disk is told from a fault of ours. */
function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : 'engine-broken';
}
