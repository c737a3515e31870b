import { describe, expect, test } from 'vitest';
import { sampleInvoice, signInvoice } from '../../test/fixtures/signed-invoice.ts';
import { authored, hex32, PROVIDER } from '../../test/protocol/events.ts';
import { KEPT_ONCE_BEGUN, msat, satsToMsat, ZERO_MSAT, type ExchangeMode } from '../protocol/index.ts';
import { checkOffer, type OfferLimits } from './check-offer.ts';
import type { Offer } from './offer.ts';

const NOW = 1_700_000_100;
const PRICE = satsToMsat(21);

const limits: OfferLimits = {
  maxAmountMsat: PRICE,
  agreedMsat: null,
  perJobMsat: satsToMsat(100),
  exchanges: ['hold', 'reveal', 'free', 'postpay', 'sample'],
  deadlineAt: NOW + 60,
  workBits: 12,
  mints: [],
  network: 'regtest',
  now: NOW,
};

function quote(told: Partial<Offer> = {}): Offer {
  const event = authored(PROVIDER, { kind: 7000, created_at: NOW, tags: [], content: '' });
  return {
    id: event.id,
    event,
    providerPubkey: PROVIDER,
    exchange: 'hold',
    amountMsat: PRICE,
    bolt11: sampleInvoice(),
    ecash: { mints: [], htlc: null },
    isPromise: false,
    promisedMsat: null,
    sample: null,
    words: null,
    reveal: null,
    usualSeconds: 1,
    worstSeconds: 10,
    validUntil: NOW + 30,
    conditions: [],
    rescue: null,
    plan: null,
    delivered: false,
    withdrawn: false,
    createdAt: NOW,
    ...told,
  };
}

describe('an offer may be taken', () => {
  test('when quote, invoice, price and time fit; it binds us to that invoice', () => {
    const offer = quote();
    expect(checkOffer(offer, limits)).toEqual({
      ok: true,
      value: {
        event: offer.event,
        providerPubkey: PROVIDER,
        exchange: 'hold',
        amountMsat: PRICE,
        bolt11: offer.bolt11,
        paymentHash: hex32(0x11),
        feeLimitMsat: 5000n,
      },
    });
  });

  test('when it is free, before the wallet is known', () => {
    const free = quote({ exchange: 'free', amountMsat: ZERO_MSAT, bolt11: null });
    expect(checkOffer(free, { ...limits, network: null })).toMatchObject({
      ok: true,
      value: { amountMsat: 0n, feeLimitMsat: 0n, paymentHash: null },
    });
  });

  test.each<ExchangeMode>(['postpay', 'sample', 'reveal'])(
    'when it promises work by %s: bound to the amount, and to no invoice yet',
    (exchange) => {
      const promise = quote({ exchange, bolt11: null, isPromise: true, promisedMsat: PRICE });
      expect(checkOffer(promise, { ...limits, network: null })).toMatchObject({
        ok: true,
        value: { exchange, amountMsat: PRICE, bolt11: null, paymentHash: null, feeLimitMsat: 5000n },
      });
    },
  );

  test.each<[ExchangeMode, Partial<Offer>]>([
    ['postpay', { delivered: true }],
    ['reveal', { delivered: true, reveal: { paymentHash: hex32(0x11), version: 'v1' } }],
    ['sample', { sample: 'the first line', usualSeconds: 0, worstSeconds: 999 }],
  ])('when it shows what %s puts before the payment, for no more than was promised', (exchange, shown) => {
    expect(checkOffer(quote({ exchange, promisedMsat: PRICE, ...shown }), limits)).toMatchObject({
      ok: true,
      value: { exchange, paymentHash: hex32(0x11) },
    });
  });

  test('when it says that what is cancelled midway stays paid: that is told, not asked for', () => {
    expect(checkOffer(quote({ conditions: [KEPT_ONCE_BEGUN] }), limits)).toMatchObject({ ok: true });
  });

  test('when the amount and its fee limit are exactly the cap of one job', () => {
    expect(checkOffer(quote(), { ...limits, perJobMsat: satsToMsat(26) })).toMatchObject({ ok: true });
  });
});

describe('an offer may not be taken', () => {
  test.each<[string, Partial<Offer>, Partial<OfferLimits>]>([
    ['not-supported', { exchange: 'prepay' }, {}],
    ['not-supported', { exchange: 'free' }, {}],
    ['not-supported', {}, { exchanges: ['free'] }],
    ['not-supported', { conditions: [{ code: 'pow', detail: '20' }] }, {}],
    ['not-supported', { conditions: [{ code: 'pow', detail: 'some' }] }, {}],
    ['not-supported', { conditions: [{ code: 'trust', detail: '' }] }, {}],
    ['not-supported', { conditions: [{ code: 'cancellation', detail: 'double' }] }, {}],
    ['withdrawn', { withdrawn: true }, {}],
    ['amount-unknown', { amountMsat: null }, {}],
    ['no-common-mint', { exchange: 'nutzap' }, { exchanges: [] }],
    [
      'not-supported',
      { exchange: 'reveal', delivered: true, reveal: { paymentHash: hex32(0x11), version: 'v2' } },
      {},
    ],
    [
      'reveal-mismatch',
      { exchange: 'reveal', delivered: true, reveal: { paymentHash: hex32(0x12), version: 'v1' } },
      {},
    ],
    ['not-shown', { exchange: 'postpay' }, {}],
    ['not-shown', { exchange: 'reveal' }, {}],
    ['not-shown', { exchange: 'sample' }, {}],
    ['promise-broken', { promisedMsat: msat(PRICE - 1n) }, {}],
    ['plan-broken', {}, { agreedMsat: msat(PRICE - 1n) }],
    ['plan-broken', {}, { agreedMsat: msat(0n), exchanges: ['free'] }],
    ['promise-broken', { exchange: 'postpay', delivered: true, promisedMsat: msat(PRICE - 1n) }, {}],
    [
      'above-max',
      { exchange: 'postpay', isPromise: true, bolt11: null },
      { maxAmountMsat: msat(PRICE - 1n) },
    ],
    ['above-max', {}, { maxAmountMsat: msat(PRICE - 1n) }],
    ['above-max', {}, { perJobMsat: msat(satsToMsat(26) - 1n) }],
    ['invoice-missing', { bolt11: null }, {}],
    ['quote-expired', { validUntil: NOW }, {}],
    ['too-slow', { worstSeconds: 61 }, {}],
    ['too-slow', { worstSeconds: null, usualSeconds: 61 }, {}],
    ['too-slow', { exchange: 'sample', sample: 'a part', usualSeconds: 61, worstSeconds: 99 }, {}],
    ['wallet-unknown', {}, { network: null }],
  ])('%s: %o %o', (code, offer, told) => {
    expect(checkOffer(quote(offer), { ...limits, ...told })).toMatchObject({ ok: false, failure: { code } });
  });

  test.each<[string, string, Partial<OfferLimits>]>([
    ['wrong-amount', sampleInvoice({ prefix: 'lnbcrt220n' }), {}],
    ['amountless', sampleInvoice({ prefix: 'lnbcrt' }), {}],
    ['wrong-network', sampleInvoice({ prefix: 'lnbc210n' }), {}],
    ['wrong-network', sampleInvoice(), { network: 'bitcoin' }],
    ['invoice-expired', sampleInvoice({ expirySeconds: 101 }), {}],
    ['invalid-invoice', sampleInvoice().replace(/.$/, 'q'), {}],
    ['invalid-invoice', signInvoice({ prefix: 'lnbcrt210n', createdAt: NOW, fields: [] }), {}],
  ])('its invoice is unacceptable: %s', (reason, bolt11, told) => {
    expect(checkOffer(quote({ bolt11 }), { ...limits, ...told })).toMatchObject({
      ok: false,
      failure: { code: 'invoice-unacceptable', data: { reason } },
    });
  });
});
