import { DEFAULT_POLICY, type BuyingPolicy, type ComparedOffer } from '../../../../src/customer/index.ts';
import type { Purchase } from '../../../../src/ledger/index.ts';
import { tagValues } from '../../../../src/protocol/index.ts';
import { MADE_BY } from './together.ts';

const PREFIX = `${MADE_BY}-hedge/`;
/** So much of a public key tells it from all others, and fits into a name in the books. */
const KEY_CHARS = 32;

/** How the books name a purchase that is made because this provider has been paid for the same, and is not trusted to do it. */
export function hedgeAgainst(providerPubkey: string): string {
  return `${PREFIX}${providerPubkey.slice(0, KEY_CHARS)}`;
}

/** Which offers are taken unasked: as always, but those for a hedge not from whom it is against. */
export interface HedgingPolicy extends BuyingPolicy {
  /** Goes on with a purchase of an earlier life, of which only the books tell whom it is against. */
  note(purchase: Pick<Purchase, 'requestId' | 'madeBy'>): void;
}

/** Makes the policy of one identity. */
export function hedgingPolicy(): HedgingPolicy {
  const against = new Map<string, string>();
  const isWelcome = ({ event, providerPubkey }: ComparedOffer): boolean => {
    const [requestId = ''] = tagValues(event, 'e');
    const start = against.get(requestId);
    return start === undefined || !providerPubkey.startsWith(start);
  };
  return {
    ...DEFAULT_POLICY,
    choose: (offers) => DEFAULT_POLICY.choose(offers.filter(isWelcome)),
    note({ requestId, madeBy }) {
      if (madeBy?.startsWith(PREFIX) === true) against.set(requestId, madeBy.slice(PREFIX.length));
    },
  };
}
