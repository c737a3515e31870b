import { hostAndPort } from '../http/index.ts';
import { guardConnect } from '../http/node.ts';
import { parseNwcUri } from '../money/index.ts';
import { FailureError } from '../protocol/index.ts';
import type { SocketConstructor } from '../relays/index.ts';
import { NodeWebSocket } from '../relays/node.ts';

/**
 * Sockets to relays. Those of the account and of its wallet may be anywhere; any other is one that strangers named,
 * such as the relays of a request, and is reached at public addresses only.
 */
export function relaySockets(own: {
  readonly relayUrls: readonly string[];
  readonly walletUri?: string | undefined;
}): SocketConstructor {
  const wallet = parseNwcUri(own.walletUri ?? '');
  const trusted = [...own.relayUrls, ...(wallet.ok ? wallet.value.relayUrls : [])];
  const allowHosts = trusted.flatMap((relayUrl) => {
    const url = URL.parse(relayUrl.replace(/^ws(?=s?:)/i, 'http'));
    return url === null ? [] : [hostAndPort(url)];
  });
  return class extends NodeWebSocket {
    constructor(url: string) {
      const lookup = guardConnect(url, allowHosts);
      if (!lookup.ok) throw new FailureError(lookup.failure);
      super(url, lookup.value);
    }
  };
}
