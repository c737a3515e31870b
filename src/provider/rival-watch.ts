import { JOB_FEEDBACK_KIND } from '../protocol/index.ts';
import type { ProviderContext } from './context.ts';
import type { OpenSales } from './open-sales.ts';
import type { RivalBook } from './pricing/index.ts';

/**
 * Hears what other providers ask on our relays, where a service's pricing follows them, and has the open offers looked
 * at again for which somebody asks less. Resolves once it hears; nothing is subscribed where no service needs it.
 */
export async function watchRivals(
  context: ProviderContext,
  parts: {
    readonly rivals: RivalBook;
    readonly sales: OpenSales;
    readonly requote: (requestId: string) => void;
  },
  signal: AbortSignal,
): Promise<void> {
  if (!context.services.some(({ pricing }) => (pricing?.rivalry ?? null) !== null)) return;
  await context.relays.subscribe({
    relays: context.relayUrls,
    filters: [{ kinds: [JOB_FEEDBACK_KIND], since: context.now() }],
    onEvent: (event) => {
      const requestId = parts.rivals.hear(event);
      if (requestId !== null && parts.sales.has(requestId)) parts.requote(requestId);
    },
    signal,
  });
}
