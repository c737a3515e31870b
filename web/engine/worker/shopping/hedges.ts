import {
  DEFAULT_POLICY,
  type BuyingPolicy,
  type ComparedOffer,
  type OfferComparison,
} from '../../../../src/customer/index.ts';
import type { Purchase } from '../../../../src/ledger/index.ts';
import { tagValues } from '../../../../src/protocol/index.ts';
import type { RunComparison } from '../../contract.ts';
import { hedgedKeyOf } from './made-by.ts';

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
    note(purchase) {
      const start = hedgedKeyOf(purchase);
      if (start !== null) against.set(purchase.requestId, start);
    },
  };
}

/** The offers for a purchase as a person may take them: those for a hedge not from whom it is against. */
export function withoutFirst(
  purchase: Pick<Purchase, 'madeBy'>,
  comparison: OfferComparison | null,
): RunComparison | null {
  const start = hedgedKeyOf(purchase);
  if (start === null || comparison === null) return comparison;
  const isFirst = ({ providerPubkey }: ComparedOffer): boolean => providerPubkey.startsWith(start);
  const barred = comparison.offers.filter(isFirst);
  return {
    ...comparison,
    offers: comparison.offers.filter((offer) => !isFirst(offer)),
    refused: [...comparison.refused, ...barred.map((offer) => ({ offer, code: 'same-provider' as const }))],
    left: comparison.left.filter(({ providerPubkey }) => !providerPubkey.startsWith(start)),
  };
}
