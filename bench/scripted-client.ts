import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { Filter, NostrEvent } from '../src/protocol/index.ts';

/** What a relay of this benchmark says, as far as it matters here (NIP-01). */
type RelayMessage =
  | readonly ['EVENT', subscriptionId: string, event: NostrEvent]
  | readonly ['OK', eventId: string, accepted: boolean, message: string]
  | readonly ['EOSE', subscriptionId: string]
  | readonly ['AUTH', challenge: string];

/** A bare client: sends frames that are made already, verifies nothing, keeps nothing. */
export class ScriptedClient {
  /** Called for every event of a subscription, and for every OK. */
  onEvent: (event: NostrEvent) => void = () => undefined;
  onOk: (eventId: string, accepted: boolean, message: string) => void = () => undefined;
  readonly #socket: WebSocket;
  #caughtUp = Promise.withResolvers<void>();

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer) => this.#onMessage(data.toString()));
  }

  static async connect(url: string): Promise<ScriptedClient> {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    const client = new ScriptedClient(socket);
    await once(socket, 'open');
    return client;
  }

  /** Subscribes from now on; resolves at EOSE. */
  async subscribe(filter: Filter): Promise<void> {
    this.#caughtUp = Promise.withResolvers<void>();
    this.send(JSON.stringify(['REQ', 'bench', { ...filter, limit: 0 }]));
    await this.#caughtUp.promise;
  }

  send(frame: string): void {
    this.#socket.send(frame);
  }

  async close(): Promise<void> {
    const closed = once(this.#socket, 'close');
    this.#socket.close();
    await closed;
  }

  #onMessage(text: string): void {
    const message: RelayMessage = JSON.parse(text);
    if (message[0] === 'EVENT') this.onEvent(message[2]);
    else if (message[0] === 'OK') this.onOk(message[1], message[2], message[3]);
    else if (message[0] === 'EOSE') this.#caughtUp.resolve();
  }
}

/** The frame that publishes an event. */
export function publishFrame(event: NostrEvent): string {
  return JSON.stringify(['EVENT', event]);
}
