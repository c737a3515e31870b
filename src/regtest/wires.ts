import * as ldk from 'lightningdevkit';
import { unwrap } from './ldk.ts';
import type { LightningNode } from './node.ts';

interface Delivery {
  readonly to: LightningNode;
  readonly socket: () => ldk.SocketDescriptor;
  readonly bytes: Uint8Array;
}

/**
 * The connections between nodes of this thread. LDK hands over bytes while it runs, so they are queued and
 * delivered between its calls. Bytes that a crash loses are a lost connection, which LDK repairs.
 */
export class Wires {
  #queue: Delivery[] = [];
  #nextSocketId = 1n;
  /** LDK holds sockets by reference only. */
  readonly #sockets: ldk.SocketDescriptor[] = [];
  readonly #wake: () => void;

  /** `wake` is called when bytes wait to be delivered. */
  constructor(wake: () => void) {
    this.#wake = wake;
  }

  get isBusy(): boolean {
    return this.#queue.length > 0;
  }

  /** Connects two nodes; the dialer must know whom it dials. */
  connect(dialer: LightningNode, listener: LightningNode): void {
    const toListener: ldk.SocketDescriptor = this.#socket(listener, () => toDialer);
    const toDialer: ldk.SocketDescriptor = this.#socket(dialer, () => toListener);
    const noAddress = ldk.Option_SocketAddressZ.constructor_none();
    listener.acceptConnection(toDialer, noAddress);
    const hello = unwrap(
      dialer.peers.new_outbound_connection(listener.id, toListener, noAddress),
      ldk.Result_CVec_u8ZPeerHandleErrorZ_OK,
      'dial a node',
    );
    this.#queue.push({ to: listener, socket: () => toDialer, bytes: hello });
    this.#wake();
  }

  /** One end: bytes written to it reach `to`, which knows the connection by the socket it answers through. */
  #socket(to: LightningNode, answersThrough: () => ldk.SocketDescriptor): ldk.SocketDescriptor {
    const id = this.#nextSocketId;
    this.#nextSocketId += 1n;
    const socket = ldk.SocketDescriptor.new_impl({
      send_data: (data) => {
        this.#queue.push({ to, socket: answersThrough, bytes: Uint8Array.from(data) });
        this.#wake();
        return data.length;
      },
      disconnect_socket: () => undefined,
      eq: (other) => other.hash() === id,
      hash: () => id,
    });
    this.#sockets.push(socket);
    return socket;
  }

  /** Delivers what waits; returns the nodes that have something to do now. Throws when a node hangs up. */
  deliver(): Set<LightningNode> {
    const deliveries = this.#queue;
    this.#queue = [];
    for (const { to, socket, bytes } of deliveries) to.receive(socket(), bytes);
    return new Set(deliveries.map(({ to }) => to));
  }
}
