import { GIFT_WRAP_KIND, type NostrEvent } from '../protocol/index.ts';
import type { ProviderContext } from './context.ts';

/** Wraps asked for at once, and read from one relay at most. */
const PAGE = 500;
const MAX_READ = 10_000;

/**
 * What a relay stores of the wraps for this provider since that time (unix seconds), newest first, page by page. Ends
 * where the relay has no more, or does not answer.
 */
export async function* storedWraps(
  { relays, signer }: Pick<ProviderContext, 'relays' | 'signer'>,
  { relay, since, signal }: { readonly relay: string; readonly since: number; readonly signal: AbortSignal },
): AsyncGenerator<NostrEvent[]> {
  let until: number | null = null;
  for (let read = 0; read < MAX_READ && !signal.aborted;) {
    const kinds = [GIFT_WRAP_KIND];
    const upTo: { until?: number } = until === null ? {} : { until };
    const page = await relays.query(
      [relay],
      [{ kinds, '#p': [signer.pubkey], since, ...upTo, limit: PAGE }],
      {
        signal,
      },
    );
    const oldest = page.at(-1)?.created_at;
    if (oldest === undefined) return;
    yield page;
    read += page.length;
    // `until` includes its second, of which more may be stored; what does not fit into one page of it is given up.
    until = oldest === until ? oldest - 1 : oldest;
  }
}
