/**
 * Hands over what arrives while somebody else waits for it: a producer adds, one consumer iterates. Its producer
 * bounds how much that can be.
 */
export interface Feed<Item> {
  readonly add: (item: Item) => void;
  /** No more will come; with an error the consumer gets it after what came before. */
  readonly end: (error?: unknown) => void;
  readonly items: () => AsyncGenerator<Item, void>;
}

/** Makes an empty feed. */
export function createFeed<Item>(): Feed<Item> {
  let waiting: Item[] = [];
  let ended: { readonly error: unknown } | null = null;
  let news = Promise.withResolvers<void>();
  return {
    add(item) {
      waiting.push(item);
      news.resolve();
    },
    end(error) {
      ended ??= { error };
      news.resolve();
    },
    async *items() {
      for (;;) {
        // All at once: to take the first of very many moves all the others, each time.
        if (waiting.length > 0) {
          const arrived = waiting;
          waiting = [];
          yield* arrived;
          continue;
        }
        if (ended !== null) {
          if (ended.error !== undefined) throw ended.error;
          return;
        }
        await news.promise;
        news = Promise.withResolvers();
      }
    },
  };
}

/**
 * Cuts bytes that arrive in pieces into lines without their line breaks. They stay bytes: what is not UTF-8 is for the
 * reader of the line to refuse.
 */
export function createLineCutter(onLine: (line: Uint8Array) => void): {
  readonly add: (chunk: Uint8Array) => void;
  readonly end: () => void;
} {
  let pending: Uint8Array[] = [];
  const take = () => {
    const line = Buffer.concat(pending);
    pending = [];
    onLine(line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line);
  };
  return {
    add(chunk) {
      let from = 0;
      for (;;) {
        const to = chunk.indexOf(LINE_FEED, from);
        if (to < 0) break;
        pending.push(chunk.subarray(from, to));
        take();
        from = to + 1;
      }
      if (from < chunk.length) pending.push(chunk.subarray(from));
    },
    end() {
      if (pending.length > 0) take();
    },
  };
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
