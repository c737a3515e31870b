import { parseTagList } from '../encryption.ts';
import type { WrittenAmount } from '../job.ts';
import { readAmount } from '../written-amount.ts';
import { failure, success, type Outcome } from '../outcome.ts';
import type { Msat } from '../msat.ts';
import { firstTag, type Tags } from '../tag-reading.ts';

/**
 * Reads `["bid", amount, maximum]`: the most that the customer pays is the maximum where there is one. The draft
 * writes the maximum as a list, which no event can hold (tags are texts), so it comes as a plain text or as JSON.
 * A maximum below the amount, or anything that is no number, leaves the bid open.
 */
export function readBid(tags: Tags): WrittenAmount | null {
  const tag = firstTag(tags, 'bid');
  if (tag === undefined) return null;
  const raw = tag.slice(1);
  const open = { msat: null, raw };
  const unit = bidUnit(tags);
  const [amount, maximum, ...more] = raw.flatMap(unpackList).filter((value) => value.trim() !== '');
  if (unit === null || amount === undefined || more.length > 0) return open;
  const offered = readAmount([amount, unit]).msat;
  const most = maximum === undefined ? offered : readAmount([maximum, unit]).msat;
  return offered === null || most === null || most < offered ? open : { msat: most, raw };
}

/**
 * The first draft bids sats and names its inputs `input`. Later texts of July 2023 kept the kind, call them `i` as
 * NIP-90 does, and bid millisats. A request that has both leaves the unit open.
 */
function bidUnit(tags: Tags): 'sats' | 'msats' | null {
  const has = (name: string) => tags.some((tag) => tag[0] === name);
  if (!has('i')) return 'sats';
  return has('input') ? null : 'msats';
}

function unpackList(value: string): string[] {
  return value.trimStart().startsWith('[') ? (parseTagList(value)?.flat() ?? [value]) : [value];
}

/** Writes the `bid` tag, in sats. Fails with `invalid-bid` for fractions of a sat, or more offered than the maximum. */
export function bidTag(mostMsat: Msat, offeredMsat: Msat = mostMsat): Outcome<string[], 'invalid-bid'> {
  if (mostMsat % 1000n !== 0n || offeredMsat % 1000n !== 0n || offeredMsat > mostMsat)
    return failure('invalid-bid', 'The first draft bids whole sats, and no more than the maximum.', {
      offeredMsat: offeredMsat.toString(),
      mostMsat: mostMsat.toString(),
    });
  const amounts = offeredMsat === mostMsat ? [mostMsat] : [offeredMsat, mostMsat];
  return success(['bid', ...amounts.map((amount) => (amount / 1000n).toString())]);
}
