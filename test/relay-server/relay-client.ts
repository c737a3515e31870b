import { once } from 'node:events';
import { finalizeEvent, generateSecretKey } from 'nostr-tools/pure';
import { WebSocket, type RawData } from 'ws';
import { orThrow, parseEvent, verifyEvent, type Filter, type NostrEvent } from '../../src/protocol/index.ts';
import { startRelayServer, type RelayServer, type RelayServerOptions } from '../../src/relay-server/index.ts';

export type Message = readonly unknown[];

const DEADLINE_MS = 10_000;

/** A relay in memory, on a free port, that checks signatures for real. */
export async function startRelay(options: Partial<RelayServerOptions> = {}): Promise<RelayServer> {
  return orThrow(
    await startRelayServer({
      databasePath: ':memory:',
      verify: (event) => Promise.resolve(verifyEvent(event)),
      ...options,
    }),
  );
}

/** A plain client: says what it is told, and keeps what it hears. */
export class RelayClient {
  readonly heard: Message[] = [];
  readonly socket: WebSocket;
  /** Close code and reason, once closed. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  #changed = Promise.withResolvers<void>();

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: RawData) => {
      const message: unknown = JSON.parse(textOf(data));
      if (!Array.isArray(message)) throw new Error('a relay says arrays only');
      this.heard.push(message);
      this.#changed.resolve();
      this.#changed = Promise.withResolvers<void>();
    });
    this.closed = new Promise((resolve) =>
      socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() })),
    );
    socket.on('error', () => undefined);
  }

  static async connect(url: string): Promise<RelayClient> {
    const client = new RelayClient(new WebSocket(url));
    await once(client.socket, 'open');
    return client;
  }

  say(...message: Message): void {
    this.socket.send(JSON.stringify(message));
  }

  /** The first message, heard already or to come, that passes. */
  async hears(passes: (message: Message) => boolean, what = 'the message'): Promise<Message> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`did not hear ${what}; heard ${JSON.stringify(this.heard).slice(0, 2_000)}`)),
        DEADLINE_MS,
      );
    });
    try {
      for (let from = 0; ;) {
        const found = this.heard.slice(from).find(passes);
        if (found) return found;
        from = this.heard.length;
        await Promise.race([this.#changed.promise, late]);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** Publishes, and gives the newest OK for that id: accepted or not, and why. */
  async publish(event: { readonly id: string }): Promise<readonly [boolean, string]> {
    const before = this.heard.length;
    this.say('EVENT', event);
    const isOk = (message: Message) => message[0] === 'OK' && message[1] === event.id;
    const ok = await this.hears(
      (message) => isOk(message) && this.heard.indexOf(message) >= before,
      `OK for ${event.id}`,
    );
    return [ok[2] === true, String(ok[3])];
  }

  /** Asks, waits for EOSE, closes, and gives the stored events in the order of their arrival. */
  async query(...filters: readonly Filter[]): Promise<NostrEvent[]> {
    const id = crypto.randomUUID();
    await this.subscribe(id, ...filters);
    this.say('CLOSE', id);
    return this.events(id);
  }

  /** Asks and waits for EOSE. */
  async subscribe(id: string, ...filters: readonly unknown[]): Promise<void> {
    this.say('REQ', id, ...filters);
    await this.hears((message) => message[0] === 'EOSE' && message[1] === id, `EOSE of ${id}`);
  }

  /** The events heard so far on a subscription. */
  events(id: string): NostrEvent[] {
    return this.heard
      .filter((message) => message[0] === 'EVENT' && message[1] === id)
      .map((message) => orThrow(parseEvent(message[2])));
  }

  /** Waits for an event on a subscription. */
  async hearsEvent(id: string, eventId: string): Promise<void> {
    const isIt = (message: Message) => message[0] === 'EVENT' && message[1] === id;
    await this.hears(
      (message) => isIt(message) && orThrow(parseEvent(message[2])).id === eventId,
      `event ${eventId}`,
    );
  }

  /** Waits until this many messages, heard already or to come, pass. */
  async hearsMany(count: number, passes: (message: Message) => boolean): Promise<void> {
    let passed = 0;
    await this.hears((message) => passes(message) && ++passed >= count, `${count} messages`);
  }

  /** Waits for CLOSED and gives its reason. */
  async refusal(id: string, ...filters: readonly unknown[]): Promise<string> {
    this.say('REQ', id, ...filters);
    const closed = await this.hears(
      (message) => message[0] === 'CLOSED' && message[1] === id,
      `CLOSED of ${id}`,
    );
    return String(closed[2]);
  }

  /** Proves a key (NIP-42); gives OK and reason. */
  async authenticate(key: Uint8Array, url: string, createdAt = nowS()): Promise<readonly [boolean, string]> {
    const [, challenge] = await this.hears((message) => message[0] === 'AUTH', 'AUTH');
    const tags = [
      ['relay', url],
      ['challenge', String(challenge)],
    ];
    const event = sign({ kind: 22_242, tags, created_at: createdAt }, key);
    this.say('AUTH', event);
    const ok = await this.hears((message) => message[0] === 'OK' && message[1] === event.id, 'OK of AUTH');
    return [ok[2] === true, String(ok[3])];
  }

  async end(): Promise<void> {
    this.socket.terminate();
    await this.closed;
  }
}

export function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString();
  return data instanceof ArrayBuffer ? Buffer.from(data).toString() : data.toString();
}

/** A key and what it signs. */
export const newKey = generateSecretKey;

/** Signs with nostr-tools. Unsaid fields: kind 1, now, no tags, no content. */
export function sign(
  fields: {
    readonly kind?: number;
    readonly tags?: string[][];
    readonly created_at?: number;
    readonly content?: string;
  },
  key: Uint8Array,
): NostrEvent {
  const event = finalizeEvent({ kind: 1, tags: [], content: '', created_at: nowS(), ...fields }, key);
  return orThrow(parseEvent(structuredClone({ ...event })));
}

export function nowS(): number {
  return Math.floor(Date.now() / 1000);
}
