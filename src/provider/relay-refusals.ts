import type { Failure } from '../protocol/index.ts';
import type { PublishReceipt } from '../relays/index.ts';
import type { ProviderContext } from './context.ts';

/** What a relay wants before it takes our events, by the words it refuses them with. */
const WANTED: readonly (readonly [code: string, words: RegExp, advice: string])[] = [
  [
    'relay-wants-payment',
    /^payment-required|\b(pay|paid|payment|admission|subscri\w+|sats)\b/i,
    'pay its admission',
  ],
  ['relay-wants-auth', /^auth-required/, 'give it a key that it admits'],
  ['relay-restricted', /^restricted|^blocked/, 'ask its operator'],
];

/**
 * Makes a listener for what relays say to our events: a relay of ours that takes none of them for a reason that only
 * its operator or ours can change is reported, once. The others carry on meanwhile.
 */
export function createRefusalWatch(
  context: Pick<ProviderContext, 'relayUrls' | 'onTrouble'>,
): (receipts: readonly Pick<PublishReceipt, 'relay' | 'outcome' | 'message'>[]) => void {
  const told = new Set<string>();
  return (receipts) => {
    for (const { relay, outcome, message } of receipts) {
      if (outcome === 'accepted') told.delete(relay);
      if (outcome === 'accepted' || outcome === 'duplicate' || told.has(relay)) continue;
      const trouble = context.relayUrls.includes(relay) ? refusalOf(relay, message) : null;
      if (trouble === null) continue;
      told.add(relay);
      context.onTrouble(trouble, null);
    }
  };
}

function refusalOf(relay: string, words: string): Failure | null {
  if (!/^(payment-required|auth-required|restricted|blocked)\b/.test(words)) return null;
  const [code, , advice] = WANTED.find(([, pattern]) => pattern.test(words)) ?? [];
  if (code === undefined) return null;
  const message = `${relay} takes nothing from us (${words}): ${advice}, or leave it out.`;
  return { code, message, data: { relay } };
}
