import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { describe, expect, test } from 'vitest';
import { generateSecretKey, secretKeySigner, type Signer } from '../../src/keys/index.ts';
import {
  buildFeedback,
  buildJobRequest,
  buildResult,
  buildReview,
  orThrow,
  parseJobFeedback,
  parseJobResult,
  parseReview,
  satsToMsat,
  verifyReview,
  verifyReviewPayment,
  type NostrEvent,
} from '../../src/protocol/index.ts';
import { sampleInvoice } from '../fixtures/signed-invoice.ts';
import { hex32 } from './events.ts';

const [customer, provider, stranger] = [newSigner(), newSigner(), newSigner()];
const PREIMAGE = hex32(0x42);
const PAYMENT_HASH = bytesToHex(sha256(hexToBytes(PREIMAGE)));

function newSigner(): Signer {
  return secretKeySigner(generateSecretKey());
}

describe('a review with proof of payment', () => {
  const bolt11 = sampleInvoice({ paymentHash: PAYMENT_HASH });
  const payment = { bolt11, preimage: PREIMAGE };

  async function market() {
    const request = await customer.sign(
      buildJobRequest({ kind: 5050, inputs: [], params: new Map(), outputs: [], relays: [], createdAt: 1 }),
    );
    const quote = async (by: Signer, sats: number, invoice = bolt11) => {
      const terms = { status: 'payment-required' as const, amountMsat: satsToMsat(sats), bolt11: invoice };
      return orThrow(parseJobFeedback(await by.sign(buildFeedback({ request, ...terms, createdAt: 2 }))));
    };
    const event = await provider.sign(buildResult({ request, content: 'done', createdAt: 3 }));
    return { request, offer: await quote(provider, 21), reviewed: orThrow(parseJobResult(event)), quote };
  }

  async function reviewOf(reviewed: NostrEvent, told = payment, by = customer) {
    return orThrow(
      parseReview(await by.sign(buildReview({ reviewed, rating: 0.2, payment: told, createdAt: 4 }))),
    );
  }

  test('counts for the customer who was asked to pay just that', async () => {
    const { request, offer, reviewed } = await market();
    const review = await reviewOf(reviewed.event);
    expect(verifyReviewPayment(review, { request, reviewed, offers: [offer] })).toMatchObject({
      ok: true,
      value: { amountMsat: 21_000n, paymentHash: PAYMENT_HASH, network: 'regtest' },
    });
    const complaint = await reviewOf(offer.event);
    expect(verifyReviewPayment(complaint, { request, reviewed: offer, offers: [offer] })).toMatchObject({
      ok: true,
    });
  });

  test('does not count otherwise', async () => {
    const { request, offer, reviewed, quote } = await market();
    const code = (review: Parameters<typeof verifyReview>[0], told: object = {}) => {
      const verified = verifyReviewPayment(review, { request, reviewed, offers: [offer], ...told });
      return verified.ok ? 'counts' : verified.failure.code;
    };
    const review = await reviewOf(reviewed.event);
    expect(code(review)).toBe('counts');
    expect(code(await reviewOf(reviewed.event, payment, stranger))).toBe('not-the-customer');
    expect(code(await reviewOf(reviewed.event, payment, provider))).toBe('not-the-customer');
    expect(code({ ...review, payment: null })).toBe('payment-missing');
    expect(code(review, { offers: [] })).toBe('invoice-not-offered');
    expect(code(review, { offers: [await quote(stranger, 21)] })).toBe('invoice-not-offered');
    expect(code(review, { offers: [await quote(provider, 22)] })).toBe('wrong-amount');
    expect(code(await reviewOf(reviewed.event, { bolt11, preimage: hex32(1) }))).toBe('wrong-preimage');
    const broken = 'lnbcrt210n1broken';
    const brokenOffer = await quote(provider, 21, broken);
    expect(
      code(await reviewOf(reviewed.event, { bolt11: broken, preimage: PREIMAGE }), { offers: [brokenOffer] }),
    ).toBe('invalid-invoice');
  });

  test('is about that job and that provider', async () => {
    const { request, offer, reviewed } = await market();
    const review = await reviewOf(reviewed.event);
    const judge = (told: Parameters<typeof verifyReview>[0], job = { request, reviewed }) => {
      const verified = verifyReview(told, job);
      return verified.ok ? 'rightful' : verified.failure.code;
    };
    expect(judge(review)).toBe('rightful');
    expect(judge(await reviewOf(offer.event))).toBe('other-job');
    expect(judge({ ...review, providerPubkey: stranger.pubkey })).toBe('other-job');
    expect(judge({ ...review, reviewedKind: 6001 })).toBe('other-job');
    expect(judge({ ...review, reviewedId: null, requestId: hex32(1) })).toBe('other-job');
    expect(judge({ ...review, reviewedId: null, requestId: request.id })).toBe('rightful');
    expect(judge(review, { request, reviewed: { ...reviewed, requestId: hex32(9) } })).toBe('other-job');
    expect(judge(review, { request, reviewed: { ...reviewed, kind: 6001 } })).toBe('other-job');
  });
});
