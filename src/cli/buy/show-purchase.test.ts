import { expect, test } from 'vitest';
import type { Offer, PurchaseHandle, PurchaseUpdate } from '../../customer/index.ts';
import { satsToMsat } from '../../protocol/index.ts';
import { describeChoice, showPurchase } from './show-purchase.ts';
import type { Progress } from '../progress.ts';

const offer = {
  providerPubkey: 'ab'.repeat(32),
  exchange: 'prepay' as const,
  amountMsat: satsToMsat(21),
  bolt11: 'lnbcrt1',
};

test('a choice is told with its price, its mode and who trusts whom for what', () => {
  expect(describeChoice(offer)).toBe(
    'took the offer of abababab: 21 sat by prepay. The provider is trusted to deliver after the payment, or to refund it. ' +
      'The customer is trusted for nothing: the money is there before the work.',
  );
  expect(describeChoice({ ...offer, exchange: 'postpay', bolt11: null })).toContain(
    'at most 21 sat by postpay',
  );
});

/** A purchase that tells these updates; of each only what is shown matters. */
function telling(updates: readonly unknown[]): PurchaseHandle {
  return {
    requestId: 'cd'.repeat(32),
    async *events() {
      yield* updates as readonly PurchaseUpdate[];
    },
    result: () => new Promise(() => undefined),
    comparison: () => expect.unreachable(),
  };
}

test('work that is asked for is told with the flag that does it, unless nobody does so much', async () => {
  const declined = (bits: string) => ({
    type: 'provider-error',
    error: {
      providerPubkey: 'ab'.repeat(32),
      code: 'pow-needed',
      detail: 'Work first.',
      conditions: [{ code: 'pow', detail: bits }],
    },
  });
  expect(await shownOf([declined('12'), declined('60')])).toEqual([
    '✖ kind 5050: abababab declined: Work first. (`coinop buy --work 12` does that)',
    '✖ kind 5050: abababab declined: Work first.',
  ]);
});

test('who offers to step in is told with its price, for whom, and that earlier money may be locked', async () => {
  const rescue = { failedPubkey: 'ef'.repeat(32), reason: 'late' };
  expect(await shownOf([{ type: 'offer', offer: { ...offer, sample: null, rescue } }])).toEqual([
    'kind 5050: abababab offers to step in for 21 sat, as efefefef is late; what was paid for it before may still be locked',
  ]);
});

async function shownOf(updates: readonly unknown[]): Promise<string[]> {
  const kept: string[] = [];
  const progress: Progress = {
    now: () => undefined,
    done: (text) => kept.push(text),
    failed: (text) => kept.push(`✖ ${text}`),
    stop: () => undefined,
  };
  await showPurchase(telling(updates), { kind: 5050, relays: 1, sellers: null }, progress);
  return kept;
}

const sampleBy = (providerPubkey: string, sample: string) => ({
  type: 'offer',
  offer: { ...offer, providerPubkey, exchange: 'sample', sample, rescue: null } satisfies Partial<Offer>,
});
const chosen = (told: object) => ({
  type: 'state',
  state: 'offered',
  purchase: { offer: { ...offer, ...told } },
});

test('the sample of the chosen provider is shown once, others are not', async () => {
  const kept = await shownOf([
    sampleBy('ef'.repeat(32), 'bait'),
    sampleBy(offer.providerPubkey, `a fox${'x'.repeat(1000)}`),
    chosen({ exchange: 'sample' }),
    chosen({ exchange: 'sample' }),
  ]);
  expect(kept).toEqual([
    expect.stringContaining('by sample'),
    `kind 5050: a sample of it: a fox${'x'.repeat(495)}`,
  ]);
});

test('an offer that is left aside is told with the reason and with what takes it all the same', async () => {
  const { providerPubkey } = offer;
  const left = ['distrusted', 'blocked'].map((code) => ({ offerId: 'o', providerPubkey, code }));
  expect(await shownOf([{ type: 'offers-left', left }])).toEqual([
    `kind 5050: left aside abababab, which took your money before and did not deliver what was agreed; \`--to ${providerPubkey}\` buys from it all the same`,
    `kind 5050: left aside abababab, which you block; \`--to ${providerPubkey}\` buys from it all the same`,
  ]);
});

test('a promise and the invoice that keeps it are one choice; another mode is another', async () => {
  const kept = await shownOf([
    chosen({ exchange: 'postpay', bolt11: null }),
    chosen({ exchange: 'postpay' }),
    chosen({ exchange: 'hold' }),
  ]);
  expect(kept).toEqual([
    expect.stringContaining('at most 21 sat by postpay'),
    expect.stringContaining('by hold'),
  ]);
});
