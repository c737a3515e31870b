import { unixNow } from '../clock/index.ts';
import type { Signer } from '../keys/index.ts';
import { normalizeRelayUrl, type Filter, type NostrEvent } from '../protocol/index.ts';
import type { PublishReceipt, RelayPool, SubscribeOptions, Verifier } from './contract.ts';
import { armDeadline } from './deadline.ts';
import { compileFilters } from './filter-match.ts';
import { DEFAULT_RELAY_LIMITS, type RelayLimits } from './limits.ts';
import { QueryAnswer } from './query.ts';
import { RecentMap } from './recent-map.ts';
import { RelayConnection, type ConnectionContext } from './relay-connection.ts';
import type { SocketConstructor } from './relay-socket.ts';
import type { RelayRequest } from './request-table.ts';
import { SharedVerification } from './shared-verification.ts';
import { LiveRequest, type Subscription } from './subscription.ts';

/** What a pool needs from its surroundings. */
export interface RelayPoolOptions {
  /** Shared, and closed by whoever made it. */
  readonly verifier: Verifier;
  /** Answers relays that insist on knowing who asks (NIP-42); without it they count as refusing. */
  readonly signer?: Signer;
  /** The global `WebSocket` unless told; servers pass `NodeWebSocket`, which can end a dead connection. */
  readonly WebSocket?: SocketConstructor;
  /** Unix seconds. */
  readonly now?: () => number;
  readonly limits?: Partial<RelayLimits>;
}

const PUBLISH_TIMEOUT_MS = 10_000;
const QUERY_TIMEOUT_MS = 5_000;

/** Makes a pool: one connection per relay, shared by every subscription, query and publish of the process. */
export function createRelayPool(options: RelayPoolOptions): RelayPool {
  return new Pool(options);
}

class Pool implements RelayPool {
  readonly #context: ConnectionContext;
  readonly #limits: RelayLimits;
  readonly #connections = new Map<string, RelayConnection>();
  /** Ends each running subscription or query when the pool closes. */
  readonly #running = new Set<() => void>();
  #closed = false;

  constructor(options: RelayPoolOptions) {
    this.#limits = { ...DEFAULT_RELAY_LIMITS, ...options.limits };
    this.#context = {
      WebSocket: options.WebSocket ?? globalThis.WebSocket,
      signer: options.signer ?? null,
      now: options.now ?? unixNow,
      limits: this.#limits,
      verification: new SharedVerification(options.verifier, this.#limits.rememberedIds),
    };
  }

  async subscribe(options: SubscribeOptions): Promise<void> {
    if (this.#closed || options.signal.aborted) return;
    const subscription: Subscription = {
      options,
      matches: compileFilters(options.filters),
      seen: new RecentMap(this.#limits.rememberedIds),
    };
    await Promise.all(distinctRelays(options.relays).map((relay) => this.#follow(subscription, relay)));
  }

  async publish(
    event: NostrEvent,
    relays: readonly string[],
    options: { readonly signal?: AbortSignal; readonly timeoutMs?: number } = {},
  ): Promise<PublishReceipt[]> {
    return Promise.all(distinctRelays(relays).map((relay) => this.#publishTo(relay, event, options)));
  }

  async query(
    relays: readonly string[],
    filters: readonly Filter[],
    options: { readonly signal?: AbortSignal; readonly timeoutMs?: number } = {},
  ): Promise<NostrEvent[]> {
    if (this.#closed || options.signal?.aborted) return [];
    const answer = new QueryAnswer(filters, this.#limits.queryEvents);
    await Promise.all(distinctRelays(relays).map((relay) => this.#ask(answer, relay, options)));
    return answer.newestFirst();
  }

  status(): ReadonlyMap<string, 'connected' | 'connecting' | 'waiting'> {
    return new Map([...this.#connections.values()].map(({ url, state }) => [url, state]));
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const end of this.#running) end();
    await Promise.all([...this.#connections.values()].map((connection) => connection.close()));
    this.#connections.clear();
  }

  /** Keeps the subscription at one relay until its signal aborts; resolves at the relay's first answer. */
  async #follow(subscription: Subscription, relay: string): Promise<void> {
    const { signal, onClosed } = subscription.options;
    const connection = this.#connect(relay);
    if (typeof connection === 'string') return onClosed?.(relay, connection);
    const answered = Promise.withResolvers<void>();
    const disarm = armDeadline(this.#limits.answerTimeoutMs, undefined, () => answered.resolve());
    const end = () => {
      signal.removeEventListener('abort', end);
      this.#running.delete(end);
      request.end();
      answered.resolve();
    };
    const request = new LiveRequest(subscription, connection, this.#context.now, {
      onAnswered: answered.resolve,
      onRefused: end,
    });
    signal.addEventListener('abort', end);
    this.#running.add(end);
    connection.request(request);
    await answered.promise;
    disarm();
  }

  async #publishTo(
    relay: string,
    event: NostrEvent,
    options: { readonly signal?: AbortSignal; readonly timeoutMs?: number },
  ): Promise<PublishReceipt> {
    const connection = this.#connect(relay);
    if (typeof connection === 'string') {
      const outcome = normalizeRelayUrl(relay) === null ? 'refused' : 'unreachable';
      return { relay, outcome, message: connection };
    }
    const timeoutMs = options.timeoutMs ?? PUBLISH_TIMEOUT_MS;
    return new Promise((resolve) => {
      const settle = (outcome: PublishReceipt['outcome'], message: string) => {
        disarm();
        resolve({ relay, outcome, message });
      };
      const disarm = armDeadline(timeoutMs, options.signal, (reason) => {
        connection.cancelPublish(event, settle);
        if (!options.signal?.aborted) connection.suspect();
        resolve({ relay, outcome: 'unreachable', message: reason });
      });
      if (!options.signal?.aborted) connection.publish(event, settle);
    });
  }

  async #ask(
    answer: QueryAnswer,
    relay: string,
    options: { readonly signal?: AbortSignal; readonly timeoutMs?: number },
  ): Promise<void> {
    const connection = this.#connect(relay);
    if (typeof connection === 'string') return;
    const done = Promise.withResolvers<void>();
    const request: RelayRequest = answer.request(done.resolve);
    const disarm = armDeadline(options.timeoutMs ?? QUERY_TIMEOUT_MS, options.signal, () => done.resolve());
    this.#running.add(done.resolve);
    connection.request(request);
    await done.promise;
    this.#running.delete(done.resolve);
    disarm();
    connection.cancelRequest(request);
  }

  /** The relay's connection, or why there is none. */
  #connect(relay: string): RelayConnection | string {
    if (this.#closed) return 'The pool is closed.';
    if (normalizeRelayUrl(relay) === null) return 'A relay address starts with ws:// or wss://.';
    const known = this.#connections.get(relay);
    if (known !== undefined) return known;
    if (this.#connections.size >= this.#limits.connections && !this.#dropUnused())
      return `At most ${this.#limits.connections} relays can be connected at once.`;
    const connection: RelayConnection = new RelayConnection(relay, this.#context, () => {
      if (this.#connections.get(relay) === connection) this.#connections.delete(relay);
    });
    this.#connections.set(relay, connection);
    return connection;
  }

  #dropUnused(): boolean {
    for (const connection of this.#connections.values()) {
      if (connection.inUse) continue;
      connection.expire();
      return true;
    }
    return false;
  }
}

/** Each relay once, as `normalizeRelayUrl` writes it; what is no relay address stays as it is. */
function distinctRelays(relays: readonly string[]): string[] {
  return [...new Set(relays.map((relay) => normalizeRelayUrl(relay) ?? relay))];
}
