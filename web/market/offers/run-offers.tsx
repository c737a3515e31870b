import type { RunState } from '../../engine/contract.ts';
import { Offers } from './offers.tsx';
import { untakenNow } from './untaken.ts';
import { UntakenOffers, WhyNoOffer } from './untaken-offers.tsx';

/** What a run was offered: to be taken by the person, or beside what is taken unasked, or why it came to nothing. */
export function RunOffers({ run }: { readonly run: RunState }) {
  const { purchase, comparison } = run;
  if (purchase.state === 'no-offer') return <WhyNoOffer run={run} />;
  if (purchase.state !== 'requested' || comparison === null) return null;
  if (purchase.approval !== 'ask') return <UntakenOffers offers={untakenNow(comparison)} open />;
  return <Offers kind={purchase.request.kind} comparison={comparison} />;
}
