import { satsToMsat } from '../protocol/index.ts';
import type { JobHandler, Service } from './handler.ts';

/**
 * Describes something to sell, filling in what is usual: free (or what its pricing asks), four jobs at once, five seconds usually and
 * fifty at worst (short enough for a hold that any NIP-90 customer can finish).
 */
export function service(
  wish: { readonly kind: number; readonly handler: JobHandler; readonly priceSats?: number } & Partial<
    Omit<Service, 'kind' | 'handler' | 'priceMsat'>
  >,
): Service {
  const { priceSats = 0, ...rest } = wish;
  return {
    id: `coinop-${wish.kind}`,
    name: `Kind ${wish.kind}`,
    about: '',
    usualSeconds: 5,
    worstSeconds: 50,
    concurrency: 4,
    ...rest,
    priceMsat: rest.pricing?.fromMsat ?? satsToMsat(priceSats),
  };
}
