import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { Filter, NostrEvent } from '../src/protocol/index.ts';

/** A bare client: sends frames that are made already, verifies nothing, keeps nothing. */
export class ScriptedClient {
  /** Called for every event of a subscription, and for every OK. */
  onEvent: (event: NostrEvent) => void = () => undefined;
  onOk: (eventId: string, accepted: boolean, message: string) => void = () => undefined;
  readonly #socket: WebSocket;
  #caughtUp = Promise.withResolvers<void>();

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => this.#onMessage(String(data)));
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
    const message = JSON.parse(text) as [string, string, unknown, string];
    if (message[0] === 'EVENT') this.onEvent(message[2] as NostrEvent);
    else if (message[0] === 'OK') this.onOk(message[1], message[2] === true, message[3]);
    else if (message[0] === 'EOSE') this.#caughtUp.resolve();
  }
}

/** The frame that publishes an event. */
export function publishFrame(event: NostrEvent): string {
  return JSON.stringify(['EVENT', event]);
}
