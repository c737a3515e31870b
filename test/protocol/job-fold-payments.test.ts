import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { describe, expect, test } from 'vitest';
import {
  buildNutzap,
  buildReview,
  buildZapReceipt,
  buildZapRequest,
  foldJob,
  msat,
  orThrow,
  parseZapReceipt,
  parseZapRequest,
  type JobPicture,
  type NostrEvent,
  type VerifiedZap,
} from '../../src/protocol/index.ts';
import { sampleInvoice } from '../fixtures/signed-invoice.ts';
import { authored, CUSTOMER, hex32, OTHER_PROVIDER, PROVIDER, STRANGER } from './events.ts';
import { cancels, delivers, job, quotes, START } from './job-events.ts';

const PREIMAGE = hex32(0x42);
const INVOICE = invoiceOf(PREIMAGE);
const offer = quotes(PROVIDER, 1, 21, { bolt11: INVOICE });
const result = delivers(PROVIDER, 2);

function invoiceOf(preimage: string): string {
  return sampleInvoice({ paymentHash: bytesToHex(sha256(hexToBytes(preimage))) });
}

/** A zap receipt for 21 sat, made up by `signer`. */
function receipt(
  zapped: NostrEvent,
  told: { recipient?: string; sender?: string; bolt11?: string; preimage?: string; at?: number } = {},
  signer = STRANGER,
): NostrEvent {
  const { recipient = PROVIDER, sender = CUSTOMER, bolt11 = sampleInvoice(), at = 5 } = told;
  const zapRequest = authored(
    sender,
    buildZapRequest({
      recipientPubkey: recipient,
      amountMsat: msat(21_000n),
      relays: ['wss://a.example'],
      zapped,
      createdAt: START + at,
    }),
  );
  const { preimage } = told;
  return authored(
    signer,
    buildZapReceipt({
      zapRequest: orThrow(parseZapRequest(zapRequest)),
      description: JSON.stringify(zapRequest),
      bolt11,
      ...(preimage === undefined ? {} : { preimage }),
      paidAt: START + at,
    }),
  );
}

/** What a caller has in hand after it verified the receipt. */
function verified(event: NostrEvent): [string, VerifiedZap] {
  const read = orThrow(parseZapReceipt(event));
  const zapRequest = orThrow(parseZapRequest(JSON.parse(read.description) as NostrEvent));
  const zap = { receipt: read, zapRequest, paymentHash: hex32(0x11), amountMsat: msat(21_000n) };
  return [event.id, { ...zap, preimageShown: false }];
}

function nutzap(zapped: NostrEvent, author = CUSTOMER, recipient = PROVIDER): NostrEvent {
  const proof = { id: '009a1f293253e41e', secret: `s${author}`, C: `02${hex32(3)}`, dleq: null };
  const proofs = [
    { ...proof, amount: 16n },
    { ...proof, amount: 4n },
  ];
  return authored(
    author,
    buildNutzap({
      recipientPubkey: recipient,
      mint: 'https://mint.example',
      unit: 'sat',
      proofs,
      zapped,
      createdAt: START + 6,
    }),
  );
}

function redemption(of: NostrEvent, author = PROVIDER): NostrEvent {
  const tags = [['e', of.id, '', 'redeemed']];
  return authored(author, { kind: 7376, created_at: START + 7, tags, content: 'ciphertext' });
}

function review(
  reviewed: NostrEvent,
  rating: number,
  told: { by?: string; at?: number; payment?: { bolt11: string; preimage: string } } = {},
): NostrEvent {
  const { by = CUSTOMER, at = 8, payment } = told;
  const paid = payment === undefined ? {} : { payment };
  return authored(by, buildReview({ reviewed, rating, createdAt: START + at, ...paid }));
}

type Facts = Omit<Parameters<typeof foldJob>[0], 'request' | 'events'>;

function fold(events: readonly NostrEvent[], facts: Facts = {}): JobPicture {
  return foldJob({ request: job, events, ...facts });
}

const reasons = ({ setAside }: JobPicture): string[] => setAside.map(({ reason }) => reason);
const paymentsOf = (picture: JobPicture) => picture.providers.flatMap(({ payments }) => payments);
const summaries = (picture: JobPicture) =>
  paymentsOf(picture).map(({ strength, evidence }) => [strength, evidence[0]?.forgers]);
const takenOf = ({ accepted }: JobPicture) => accepted.map(({ resultId, by }) => [resultId, by]);

describe('who was paid', () => {
  test.each([
    ['request', job],
    ['offer', offer],
    ['result', result],
  ])('a zap receipt for the %s is anybody’s claim until the caller has verified it', (_, zapped) => {
    const zap = receipt(zapped);
    const claimed = fold([offer, result, zap]);
    expect(summaries(claimed)).toEqual([['claimed', ['anybody']]]);
    expect(claimed.accepted).toEqual([]);
    const believed = fold([offer, result, zap], { zaps: new Map([verified(zap)]) });
    expect(paymentsOf(believed)).toMatchObject([
      {
        amountMsat: 21_000n,
        strength: 'vouched',
        evidence: [
          { type: 'zap-receipt', eventId: zap.id, payerPubkey: CUSTOMER, paidId: zapped.id, at: START + 5 },
        ],
      },
    ]);
    expect(takenOf(believed)).toEqual([[result.id, 'payment']]);
    expect(believed.timeline.at(-1)).toMatchObject({ what: 'zap-receipt', amountMsat: 21_000n });
  });

  test('a zap by somebody else than the customer pays, and takes nothing', () => {
    const zap = receipt(result, { sender: STRANGER });
    const picture = fold([result, zap], { zaps: new Map([verified(zap)]) });
    expect(summaries(picture)).toEqual([['vouched', ['provider-wallet']]]);
    expect(picture.accepted).toEqual([]);
  });

  test('a receipt that shows the preimage of the provider’s invoice proves that it leaked, not who paid', () => {
    const shown = fold([offer, result, receipt(offer, { bolt11: INVOICE, preimage: PREIMAGE })]);
    expect(summaries(shown)).toEqual([['shown', ['provider', 'routing-node']]]);
    expect(shown.accepted).toEqual([]);
    const false1 = fold([offer, result, receipt(offer, { bolt11: INVOICE, preimage: hex32(1) })]);
    const own = invoiceOf(hex32(7));
    const false2 = fold([offer, result, receipt(offer, { bolt11: own, preimage: hex32(7) })]);
    expect([false1, false2].map((picture) => paymentsOf(picture)[0]?.strength)).toEqual([
      'claimed',
      'claimed',
    ]);
  });

  test('what the caller’s own wallet knows is beyond doubt, for invoices that were named here', () => {
    const preimages = new Map([
      [INVOICE, PREIMAGE],
      [invoiceOf(hex32(9)), hex32(9)],
    ]);
    const picture = fold([offer, result], { preimages });
    expect(paymentsOf(picture)).toMatchObject([
      {
        strength: 'known',
        amountMsat: 21_000n,
        evidence: [{ paidId: offer.id, forgers: [], eventId: null }],
      },
    ]);
    expect(picture.accepted).toMatchObject([{ resultId: result.id, by: 'payment', eventId: null }]);
    expect(paymentsOf(fold([offer], { preimages: new Map([[INVOICE, hex32(8)]]) }))).toEqual([]);
  });

  test('all evidence of one invoice is one payment, the strongest first', () => {
    const payment = { bolt11: INVOICE, preimage: PREIMAGE };
    const events = [
      offer,
      result,
      receipt(offer, { bolt11: INVOICE, at: 3 }),
      receipt(job, { bolt11: INVOICE, at: 4 }),
      review(result, 1, { payment }),
    ];
    const picture = fold(events, { preimages: new Map([[INVOICE, PREIMAGE]]) });
    expect(paymentsOf(picture).map(({ evidence }) => evidence.map(({ strength }) => strength))).toEqual([
      ['known', 'shown', 'claimed', 'claimed'],
    ]);
    expect(paymentsOf(picture)[0]?.evidence[1]).toMatchObject({ type: 'review', paidId: offer.id });
  });

  test('a nutzap is its payer’s claim, and vouched for once its recipient says that it redeemed it', () => {
    const zap = nutzap(result);
    const claimed = fold([result, zap, redemption(zap, STRANGER)]);
    expect(paymentsOf(claimed)).toMatchObject([{ bolt11: null, amountMsat: 20_000n, strength: 'claimed' }]);
    expect(summaries(claimed)).toEqual([['claimed', ['payer']]]);
    expect(reasons(claimed)).toEqual(['wrong-payee']);
    expect(takenOf(claimed)).toEqual([[result.id, 'payment']]);
    const redeemed = fold([result, zap, redemption(zap)]);
    expect(summaries(redeemed)).toEqual([['vouched', ['payer-and-provider']]]);
    expect(redeemed.timeline.map(({ what }) => what)).toEqual(['request', 'result', 'nutzap', 'redemption']);
    expect(fold([result, nutzap(result, STRANGER)]).accepted).toEqual([]);
  });

  test('payments and reviews that are about nothing here are set aside, each with its reason', () => {
    const elsewhere = delivers(PROVIDER, 2, 'x', authored(CUSTOMER, { ...job, content: 'other' }));
    const broken = authored(STRANGER, { kind: 9735, created_at: START, tags: [['e', job.id]], content: '' });
    const picture = fold([
      result,
      receipt(elsewhere),
      receipt(job, { recipient: OTHER_PROVIDER }),
      nutzap(result, CUSTOMER, OTHER_PROVIDER),
      redemption(elsewhere),
      review(elsewhere, 1),
      review(result, 1, { by: STRANGER }),
      broken,
    ]);
    expect(paymentsOf(picture)).toEqual([]);
    expect(reasons(picture).toSorted()).toEqual(
      [
        'malformed',
        'not-the-customer',
        'target-unseen',
        'target-unseen',
        'target-unseen',
        'wrong-payee',
        'wrong-payee',
      ].toSorted(),
    );
  });

  test('claims that anybody can make are listed up to a limit, and push no review out', () => {
    const flood = Array.from({ length: 450 }, (_, at) =>
      receipt(offer, { bolt11: INVOICE, preimage: hex32(at % 256), at: -at }),
    );
    const payment = { bolt11: INVOICE, preimage: PREIMAGE };
    const picture = fold([offer, result, ...flood, review(result, 1, { payment })]);
    expect(paymentsOf(picture)[0]?.strength).toBe('shown');
    expect(paymentsOf(picture)[0]?.evidence.length).toBeLessThan(210);
    expect(picture.setAside).toHaveLength(200);
    expect(picture.setAsideCount).toBeGreaterThan(200);
    expect(new Set(reasons(picture))).toEqual(new Set(['too-many']));
  });
});

describe('what the customer took', () => {
  test('several results, in their order, by review or by payment', () => {
    const [first, second, third] = [
      delivers(OTHER_PROVIDER, 1, 'a'),
      delivers(PROVIDER, 2, 'b'),
      delivers(STRANGER, 3, 'c'),
    ];
    const events = [third, second, first, review(first, 0.5), nutzap(second), review(third, 0.4)];
    expect(takenOf(fold(events))).toEqual([
      [first.id, 'review'],
      [second.id, 'payment'],
    ]);
  });

  test('its newest review decides, also against a payment', () => {
    const paid = [offer, result, nutzap(result)];
    expect(takenOf(fold([...paid, review(result, 0, { at: 8 })]))).toEqual([]);
    expect(takenOf(fold([...paid, review(result, 0, { at: 8 }), review(result, 1, { at: 9 })]))).toEqual([
      [result.id, 'review'],
    ]);
    expect(takenOf(fold([...paid, review(offer, 0.2)]))).toEqual([]);
  });

  test('a payment for one result takes no other of the same provider', () => {
    const better = delivers(PROVIDER, 3, 'better');
    expect(takenOf(fold([result, better, nutzap(better)]))).toEqual([[better.id, 'payment']]);
    expect(takenOf(fold([offer, result, better, nutzap(offer)]))).toHaveLength(2);
  });

  test('a review with a false payment stands without it, and says why', () => {
    const shows = (payment: { bolt11: string; preimage: string }) =>
      fold([offer, result, review(result, 1, { payment })]).providers[0];
    expect(shows({ bolt11: INVOICE, preimage: hex32(1) })).toMatchObject({
      payments: [],
      reviews: [{ reviewedId: result.id, paymentRefusal: 'wrong-preimage' }],
    });
    expect(shows({ bolt11: invoiceOf(hex32(1)), preimage: hex32(1) })).toMatchObject({
      reviews: [{ paymentRefusal: 'invoice-not-offered' }],
    });
    expect(shows({ bolt11: INVOICE, preimage: PREIMAGE })).toMatchObject({
      payments: [
        { strength: 'shown', evidence: [{ forgers: ['payer-and-provider', 'payer-and-routing-node'] }] },
      ],
      reviews: [{ paymentRefusal: null }],
    });
  });

  test('no more invoices are looked into than a few dozen', () => {
    const wallets = Array.from({ length: 70 }, (_, n) => hex32(n));
    const quoted = wallets.map((preimage, at) => quotes(PROVIDER, at, 21, { bolt11: invoiceOf(preimage) }));
    const shown = wallets.map((preimage, at) =>
      review(result, 1, { at: 100 + at, payment: { bolt11: invoiceOf(preimage), preimage } }),
    );
    const { providers } = fold([result, ...quoted, ...shown]);
    expect(providers[0]?.payments).toHaveLength(64);
    expect(providers[0]?.reviews.slice(64).map(({ paymentRefusal }) => paymentRefusal)).toEqual(
      Array<string>(6).fill('not-checked'),
    );
  });

  test('a review of kind 31117 names job and provider, and is about the newest result', () => {
    const stars = (count: string) =>
      authored(CUSTOMER, {
        kind: 31117,
        created_at: START + 9,
        tags: [
          ['d', job.id],
          ['p', PROVIDER],
          ['rating', count],
        ],
        content: 'fine',
      });
    expect(takenOf(fold([offer, result, stars('5')]))).toEqual([[result.id, 'review']]);
    expect(takenOf(fold([offer, result, stars('1')]))).toEqual([]);
    expect(fold([offer, stars('5')]).providers[0]?.reviews).toMatchObject([{ reviewedId: offer.id }]);
    expect(reasons(fold([stars('5')]))).toEqual(['target-unseen']);
  });

  test('nothing is taken, and no review counts, before the request is known', () => {
    const picture = foldJob({ request: job.id, events: [result, nutzap(result), review(result, 1)] });
    expect(picture).toMatchObject({ request: null, accepted: [], state: 'delivered' });
    expect(reasons(picture)).toEqual(['request-unseen']);
  });

  test('what is paid for or liked after the end still counts', () => {
    const picture = fold([result, cancels(CUSTOMER, 3), nutzap(result), review(result, 1)]);
    expect(picture.state).toBe('delivered');
    expect(takenOf(picture)).toEqual([[result.id, 'review']]);
  });
});

describe('chains around a job', () => {
  const building = (input: string, by = CUSTOMER, chain?: [string, string]) =>
    authored(by, {
      kind: 5002,
      created_at: START + 4,
      tags: [['i', input, 'job'], ...(chain === undefined ? [] : [['chain', ...chain]])],
      content: '',
    });

  test('jobs that build on it, or on one of its results, are told with the result that they name', () => {
    const [onJob, onResult] = [building(job.id, STRANGER), building(result.id)];
    const onNamed = building(job.id, CUSTOMER, [job.id, result.id]);
    const other = building(hex32(5));
    const picture = fold([result, onJob, onResult, onNamed, other]);
    const told = picture.dependents.map(({ requestId, ...rest }) => [requestId, rest] as const);
    expect(new Map(told)).toEqual(
      new Map([
        [onJob.id, { customerPubkey: STRANGER, resultId: null }],
        [onResult.id, { customerPubkey: CUSTOMER, resultId: result.id }],
        [onNamed.id, { customerPubkey: CUSTOMER, resultId: result.id }],
      ]),
    );
    expect(picture.timeline.filter(({ what }) => what === 'built-on')).toHaveLength(3);
    expect(reasons(picture)).toEqual(['other-job']);
  });

  test('a flood of them is cut', () => {
    const flood = Array.from({ length: 210 }, (_, n) => building(job.id, hex32(n)));
    const picture = fold(flood);
    expect(picture.dependents).toHaveLength(200);
    expect(reasons(picture)).toEqual(Array<string>(10).fill('too-many'));
  });
});
