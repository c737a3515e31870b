import { pause } from '../clock/index.ts';
import {
  findTag,
  verifyZapReceipt,
  ZAP_RECEIPT_KIND,
  type EventCheck,
  type LightningNetwork,
  type NostrEvent,
  type VerifiedZap,
} from '../protocol/index.ts';
import type { RelayPool } from '../relays/index.ts';
import type { PayEndpoint } from './pay-endpoint.ts';

/** The one receipt that is meant. */
export interface AwaitedReceipt {
  readonly endpoint: PayEndpoint;
  readonly recipientPubkey: string;
  /** Commits to our zap request, so a receipt that is true for it is for our zap. */
  readonly bolt11: string;
}

/**
 * Waits for the receipt of our own zap: signed by the recipient's server, for our request and our invoice. `null`
 * when none has come in time. Relays keep receipts, so one that was published before is found as well.
 */
export async function awaitReceipt(
  awaited: AwaitedReceipt,
  where: {
    readonly pool: RelayPool;
    readonly relays: readonly string[];
    readonly network: LightningNetwork;
    readonly verify: EventCheck;
    readonly timeoutMs: number;
    readonly signal: AbortSignal;
  },
): Promise<VerifiedZap | null> {
  const { endpoint, recipientPubkey } = awaited;
  const done = new AbortController();
  const signal = AbortSignal.any([where.signal, done.signal]);
  const found = Promise.withResolvers<VerifiedZap | null>();
  const judge = async (event: NostrEvent): Promise<void> => {
    if (findTag(event, 'bolt11')?.[1] !== awaited.bolt11) return;
    const { network, verify } = where;
    const verified = await verifyZapReceipt(event, { recipientPubkey, endpoint, network, verify });
    if (verified.ok) found.resolve(verified.value);
  };
  void pause(where.timeoutMs, signal).then(() => found.resolve(null));
  void where.pool.subscribe({
    relays: where.relays,
    filters: [{ kinds: [ZAP_RECEIPT_KIND], authors: [endpoint.nostrPubkey ?? ''], '#p': [recipientPubkey] }],
    onEvent: (event) => void judge(event).catch(found.reject),
    signal,
  });
  try {
    return await found.promise;
  } finally {
    done.abort();
  }
}
