import { isLoopback } from '../http/index.ts';
import type { LightningNetwork } from '../protocol/index.ts';

/**
 * Whether money may be agreed over this URL, and what was bought be shown to it: https, or http to this very
 * machine while the money is play money. Anybody on the way could swap an invoice that comes in the clear.
 */
export function isPayableUrl(url: URL, network: LightningNetwork): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && network !== 'bitcoin' && isLoopback(url));
}
