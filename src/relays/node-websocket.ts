import type { LookupFunction } from 'node:net';
import { WebSocket } from 'ws';
import { DEFAULT_RELAY_LIMITS } from './limits.ts';

/**
 * The socket for servers. The `WebSocket` built into Node cannot end a connection whose other side is dead
 * (the process then never exits), cannot pause, and takes messages of any size; this one can and does not.
 */
export class NodeWebSocket extends WebSocket {
  /** `lookup` resolves the host's name in place of the system. */
  constructor(url: string, lookup: LookupFunction | null = null) {
    const options = {
      maxPayload: 4 * DEFAULT_RELAY_LIMITS.messageChars,
      perMessageDeflate: false,
      ...(lookup === null ? {} : { lookup }),
    };
    super(url, options);
  }
}
