import { FIRST_DRAFT_RESULT_KIND } from '../job.ts';
import type { Msat } from '../msat.ts';
import type { Tags } from '../tag-reading.ts';
import { readAmount, readBolt11, readPrice, type WrittenPrice } from '../written-amount.ts';

/**
 * Reads what an answer asks to be paid, by the kind of its event. In the first draft that is sats in `payment`, and
 * millisats with an invoice in NIP-90's `amount` where its author writes that as well. Two that disagree leave the
 * amount open; `payment` is rounded up where `amount` is finer.
 */
export function readAnswerPrice(kind: number, tags: Tags): WrittenPrice {
  const { amount, bolt11: invoice } = readPrice(tags);
  if (kind !== FIRST_DRAFT_RESULT_KIND) return { amount, bolt11: invoice };
  const written = tags.flatMap((tag) => (tag[0] === 'payment' ? tag.slice(1) : []));
  if (written.length === 0) return { amount, bolt11: invoice };
  const asked = readAmount([...written, 'sats']).msat;
  let bolt11 = invoice;
  for (const value of written) bolt11 ??= readBolt11(value);
  if (amount === null) return { amount: { msat: asked, raw: written }, bolt11 };
  const agreed = asked !== null && amount.msat !== null && inSats(asked) === inSats(amount.msat);
  return { amount: agreed ? amount : { msat: null, raw: [...amount.raw, ...written] }, bolt11 };
}

/** The `payment` tag: sats, rounded up. */
export function paymentTag(amountMsat: Msat): string[] {
  return ['payment', inSats(amountMsat).toString()];
}

function inSats(amount: Msat): bigint {
  return (amount + 999n) / 1000n;
}
