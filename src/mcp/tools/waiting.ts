import type { ServerContext } from '@modelcontextprotocol/server';
import type { PurchaseUpdate } from '../../customer/index.ts';
import { formatSats } from '../../protocol/index.ts';
import { shorten } from '../untrusted-text.ts';

/** Progress notes in one call; a talkative provider is cut off. */
const MAX_NOTES = 100;
const MAX_NOTE_CHARS = 160;

/** Tells a client that asked for it (by a progress token) what happens while a tool waits. */
export function progressTeller({ mcpReq }: ServerContext): (update: PurchaseUpdate) => void {
  const progressToken = mcpReq['_meta']?.progressToken;
  if (progressToken === undefined) return () => undefined;
  let progress = 0;
  return (update) => {
    const message = describe(update);
    if (message === null || progress >= MAX_NOTES) return;
    progress += 1;
    const params = { progressToken, progress, message };
    mcpReq.notify({ method: 'notifications/progress', params }).catch(() => undefined); // nobody listens any more
  };
}

function describe(update: PurchaseUpdate): string | null {
  switch (update.type) {
    case 'sent':
      return `${update.relays.length} relay(s) have the request`;
    case 'offer': {
      const { providerPubkey, amountMsat } = update.offer;
      const price = amountMsat === null ? 'an unclear price' : formatSats(amountMsat);
      return `offer of ${providerPubkey.slice(0, 8)}: ${price}`;
    }
    case 'provider-error':
      return `${update.error.providerPubkey.slice(0, 8)} declined`;
    case 'progress':
      return update.note === '' ? null : `the provider says: ${shorten(update.note, MAX_NOTE_CHARS)}`;
    case 'partial':
      return `${update.content.length} characters so far`;
    case 'result':
      return 'the result is here';
    case 'state':
      return update.state;
    case 'verdict':
      return `checked against the request, the result is ${update.verdict.verdict}`;
    case 'awaiting-approval':
      return 'offers can be compared';
    case 'offers-left':
      return 'the offers so far are left aside';
  }
}
