/** The part of the standard `WebSocket` that the pool uses, and three things that `ws` adds to it. */
export interface SocketLike {
  readonly bufferedAmount: number;
  send(data: string): void;
  close(): void;
  addEventListener(type: 'open' | 'message' | 'close' | 'error', listener: (event: unknown) => void): void;
  removeEventListener(type: 'open' | 'message' | 'close' | 'error', listener: (event: unknown) => void): void;
  /** Stops reading, so that the relay waits for us. */
  pause?(): void;
  resume?(): void;
  /** Ends the connection without waiting for the relay to agree. */
  terminate?(): void;
}

/** Opens a socket: the standard global `WebSocket`, or one of the same shape. */
export type SocketConstructor = new (url: string) => SocketLike;

/** What happens to one socket: `onOpen` at most once, `onGone` exactly once and last. */
export interface SocketEvents {
  readonly onOpen: () => void;
  readonly onText: (text: string) => void;
  readonly onGone: (reason: string) => void;
}

/** How long a peer may take to agree to a close before a socket that can be ended is ended. */
const CLOSE_GRACE_MS = 1_000;

/** One socket, from the attempt to open it to its end. */
export class RelaySocket {
  readonly #socket: SocketLike | null;
  readonly #events: SocketEvents;
  readonly #unsentBytes: number;
  #deadline: ReturnType<typeof setTimeout> | undefined;
  #gone = false;

  constructor(
    url: string,
    WebSocket: SocketConstructor,
    limits: { readonly connectTimeoutMs: number; readonly unsentBytes: number },
    events: SocketEvents,
  ) {
    this.#events = events;
    this.#unsentBytes = limits.unsentBytes;
    this.#socket = tryOpen(url, WebSocket);
    if (this.#socket === null) {
      queueMicrotask(() => this.drop('the address cannot be opened'));
      return;
    }
    this.#socket.addEventListener('open', this.#onOpen);
    this.#socket.addEventListener('message', this.#onMessage);
    this.#socket.addEventListener('close', this.#onClose);
    this.#socket.addEventListener('error', this.#onError);
    this.#deadline = setTimeout(() => this.drop('no connection in time'), limits.connectTimeoutMs);
  }

  send(message: readonly unknown[]): void {
    if (this.#gone || this.#socket === null) return;
    this.#socket.send(JSON.stringify(message));
    if (this.#socket.bufferedAmount > this.#unsentBytes) this.drop('the relay does not read what it is sent');
  }

  /** Stops the flow from the relay; `false` where the platform cannot. */
  pause(): boolean {
    this.#socket?.pause?.();
    return this.#socket?.pause !== undefined;
  }

  resume(): void {
    if (!this.#gone) this.#socket?.resume?.();
  }

  /** Gives the connection up: nothing more is heard of it than `onGone` with this reason, at once. */
  drop(reason: string): void {
    if (this.#gone) return;
    this.#end(reason);
    this.#socket?.terminate?.();
    if (this.#socket?.terminate === undefined) this.#socket?.close();
  }

  /** Says goodbye and resolves when the relay has agreed, or after a second. */
  async close(reason: string): Promise<void> {
    if (this.#gone || this.#socket === null) return;
    const socket = this.#socket;
    this.#end(reason);
    await new Promise<void>((resolve) => {
      const grace = setTimeout(() => {
        socket.terminate?.();
        resolve();
      }, CLOSE_GRACE_MS);
      socket.addEventListener('close', () => {
        clearTimeout(grace);
        resolve();
      });
      socket.resume?.(); // a paused socket would never hear the goodbye
      socket.close();
    });
  }

  #end(reason: string): void {
    this.#gone = true;
    clearTimeout(this.#deadline);
    this.#socket?.removeEventListener('open', this.#onOpen);
    this.#socket?.removeEventListener('message', this.#onMessage);
    this.#socket?.removeEventListener('close', this.#onClose);
    // The error listener stays: `ws` reports an aborted handshake as an error, which must find a listener.
    this.#events.onGone(reason);
  }

  readonly #onOpen = () => {
    clearTimeout(this.#deadline);
    this.#events.onOpen();
  };

  readonly #onMessage = (event: unknown) => {
    if (typeof event === 'object' && event !== null && 'data' in event && typeof event.data === 'string')
      this.#events.onText(event.data);
  };

  readonly #onClose = () => this.drop('the connection was closed');
  readonly #onError = () => this.drop('the connection failed');
}

function tryOpen(url: string, WebSocket: SocketConstructor): SocketLike | null {
  try {
    return new WebSocket(url);
  } catch {
    return null; // refused by the platform: mixed content, a blocked port
  }
}
