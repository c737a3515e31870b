import { checkUrl } from '../http/index.ts';

/**
 * Whether a relay that a stranger names may be connected to: not one of our own network, unless its `host:port` is
 * allowed.
 */
export function isPublicRelay(relay: string, allowHosts: readonly string[]): boolean {
  return /^wss?:/i.test(relay) && checkUrl(relay.replace(/^ws/i, 'http'), allowHosts).ok;
}
