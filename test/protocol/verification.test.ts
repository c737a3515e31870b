import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { bech32 } from '@scure/base';
import { describe, expect, test } from 'vitest';
import { generateSecretKey, secretKeySigner, type Signer } from '../../src/keys/index.ts';
import {
  buildFeedback,
  buildJobRequest,
  buildNutzap,
  buildNutzapInfo,
  buildResult,
  buildReview,
  buildZapReceipt,
  buildZapRequest,
  checkNutzap,
  checkZapRequest,
  msat,
  orThrow,
  parseJobFeedback,
  parseJobResult,
  parseNutzap,
  parseNutzapInfo,
  parseReview,
  parseZapRequest,
  satsToMsat,
  verifyEvent,
  verifyReview,
  verifyReviewPayment,
  verifyZapReceipt,
  type EventTemplate,
  type NostrEvent,
  type NutzapDraft,
  type ZapRequestDraft,
} from '../../src/protocol/index.ts';
import { sampleInvoice } from '../fixtures/signed-invoice.ts';
import { hex32 } from './events.ts';

const [sender, recipient, server, stranger] = [newSigner(), newSigner(), newSigner(), newSigner()];
const PREIMAGE = hex32(0x42);
const PAYMENT_HASH = hashOf(hexToBytes(PREIMAGE));
const LNURL = lnurlOf('https://pay.example/.well-known/lnurlp/bot');
const AMOUNT = msat(21_000n);

function newSigner(): Signer {
  return secretKeySigner(generateSecretKey());
}

function hashOf(bytes: Uint8Array): string {
  return bytesToHex(sha256(bytes));
}

function lnurlOf(url: string): string {
  return bech32.encode('lnurl', bech32.toWords(utf8ToBytes(url)), false);
}

async function zapRequest(told: Partial<ZapRequestDraft> = {}, by = sender): Promise<NostrEvent> {
  return by.sign(
    buildZapRequest({
      recipientPubkey: recipient.pubkey,
      amountMsat: AMOUNT,
      relays: ['wss://a.example'],
      lnurl: LNURL,
      zapped: { id: hex32(7), kind: 7000 },
      createdAt: 1_700_000_000,
      ...told,
    }),
  );
}

describe('a zap request at the server of its recipient', () => {
  const rules = {
    recipientPubkey: recipient.pubkey,
    nostrPubkey: server.pubkey,
    amountMsat: AMOUNT,
    minMsat: msat(1000n),
    maxMsat: msat(1_000_000n),
    verify: verifyEvent,
  };
  const check = async (event: unknown, changed: Partial<typeof rules> = {}) => {
    const checked = await checkZapRequest(JSON.stringify(event), { ...rules, ...changed });
    return checked.ok ? 'served' : checked.failure.code;
  };

  test('is served with an invoice that commits to its exact text', async () => {
    const text = JSON.stringify(await zapRequest(), null, 1);
    expect(await checkZapRequest(text, rules)).toMatchObject({
      ok: true,
      value: {
        description: text,
        descriptionHash: hashOf(utf8ToBytes(text)),
        zapRequest: { senderPubkey: sender.pubkey, eventId: hex32(7) },
      },
    });
  });

  test('is refused for every rule that it breaks', async () => {
    const good = await zapRequest();
    expect(await check(good)).toBe('served');
    expect(await check(await zapRequest({ amountMsat: msat(1n) }))).toBe('wrong-amount');
    expect(await check(good, { amountMsat: msat(22_000n) })).toBe('wrong-amount');
    expect(await check(good, { maxMsat: msat(20_000n) })).toBe('amount-out-of-range');
    expect(await check(good, { minMsat: msat(22_000n) })).toBe('amount-out-of-range');
    expect(await check(await zapRequest({ recipientPubkey: stranger.pubkey }))).toBe('wrong-recipient');
    expect(await check({ ...good, content: 'forged' })).toBe('bad-signature');
    expect(await check({ ...good, pubkey: stranger.pubkey })).toBe('bad-signature');
    expect(await check(null)).toBe('malformed-zap-request');
    expect(await check({ ...good, tags: [] })).toBe('malformed-zap-request');
    expect(await check({ ...good, kind: 1 })).toBe('malformed-zap-request');
    expect(await check({ ...good, content: 'x'.repeat(20_000) })).toBe('malformed-zap-request');
    const template = buildZapRequest({
      recipientPubkey: recipient.pubkey,
      amountMsat: AMOUNT,
      relays: [],
      createdAt: 1,
    });
    const signedBy = (key: string) => sender.sign({ ...template, tags: [...template.tags, ['P', key]] });
    expect(await check(await signedBy(server.pubkey))).toBe('served');
    expect(await check(await signedBy(stranger.pubkey))).toBe('wrong-receipt-signer');
  });

  test('names the tag that breaks NIP-57', async () => {
    const good = await zapRequest();
    const text = JSON.stringify({ ...good, tags: [...good.tags, ['e', hex32(8)]] });
    expect(await checkZapRequest(text, rules)).toMatchObject({
      failure: { code: 'malformed-zap-request', data: { cause: 'malformed-tag', tag: 'e' } },
    });
  });
});

describe('a zap receipt', () => {
  const endpoint = { allowsNostr: true, nostrPubkey: server.pubkey, lnurl: LNURL };
  const rules = {
    recipientPubkey: recipient.pubkey,
    endpoint,
    network: 'regtest' as const,
    verify: verifyEvent,
  };

  interface Story {
    readonly request?: NostrEvent;
    readonly bolt11?: string;
    readonly by?: Signer;
    readonly preimage?: string;
    readonly change?: (template: EventTemplate) => EventTemplate;
  }

  /** A receipt that is true except for what the story says. */
  async function receipt(story: Story = {}): Promise<NostrEvent> {
    const request = story.request ?? (await zapRequest());
    const description = JSON.stringify(request);
    const descriptionHash = hashOf(utf8ToBytes(description));
    const template = buildZapReceipt({
      zapRequest: orThrow(parseZapRequest(request)),
      description,
      bolt11: story.bolt11 ?? sampleInvoice({ descriptionHash, paymentHash: PAYMENT_HASH }),
      paidAt: 1_700_000_010,
      ...(story.preimage === undefined ? {} : { preimage: story.preimage }),
    });
    return (story.by ?? server).sign(story.change?.(template) ?? template);
  }

  const judge = async (event: NostrEvent, changed: Partial<typeof rules> = {}) => {
    const verified = await verifyZapReceipt(event, { ...rules, ...changed });
    return verified.ok ? 'believed' : verified.failure.code;
  };
  const without = (name: string) => (template: EventTemplate) => ({
    ...template,
    tags: template.tags.filter((tag) => tag[0] !== name),
  });
  const having = (name: string, value: string) => (template: EventTemplate) => ({
    ...template,
    tags: [...template.tags.filter((tag) => tag[0] !== name), [name, value]],
  });

  test('that keeps every rule is believed as far as its signer is', async () => {
    expect(await verifyZapReceipt(await receipt({ preimage: PREIMAGE }), rules)).toMatchObject({
      ok: true,
      value: {
        amountMsat: AMOUNT,
        paymentHash: PAYMENT_HASH,
        preimageShown: true,
        zapRequest: { senderPubkey: sender.pubkey, eventId: hex32(7) },
      },
    });
    const silent = await verifyZapReceipt(await receipt(), rules);
    expect(silent).toMatchObject({ ok: true, value: { preimageShown: false } });
  });

  test('signed by anybody but the recipient’s wallet', async () => {
    expect(await judge(await receipt({ by: stranger }))).toBe('wrong-signer');
    expect(await judge(await receipt(), { endpoint: { ...endpoint, allowsNostr: false } })).toBe(
      'zaps-not-offered',
    );
    const nobody = { allowsNostr: true, nostrPubkey: null };
    expect(await judge(await receipt(), { endpoint: { ...endpoint, ...nobody } as never })).toBe(
      'zaps-not-offered',
    );
    expect(await judge({ ...(await receipt({ by: stranger })), pubkey: server.pubkey })).toBe(
      'bad-signature',
    );
    expect(await judge({ ...(await receipt()), created_at: 5 })).toBe('bad-signature');
  });

  test('around a zap request that its sender did not sign', async () => {
    const forged = { ...(await zapRequest()), content: 'I never said that' };
    expect(await judge(await receipt({ request: forged }))).toBe('bad-signature');
  });

  test('whose invoice is for something else', async () => {
    expect(await judge(await receipt({ bolt11: sampleInvoice() }))).toBe('wrong-description');
    const descriptionHash = hashOf(utf8ToBytes(JSON.stringify(await zapRequest({ comment: 'other' }))));
    expect(await judge(await receipt({ bolt11: sampleInvoice({ descriptionHash }) }))).toBe(
      'wrong-description',
    );
    expect(await judge(await receipt({ bolt11: 'lnbcrt210n1invalid' }))).toBe('invalid-invoice');
    expect(await judge(await receipt(), { network: 'bitcoin' as never })).toBe('wrong-network');
    const tampered = await receipt({
      change: having('description', `${JSON.stringify(await zapRequest())} `),
    });
    expect(await judge(tampered)).toBe('wrong-description');
  });

  test('over another amount than its sender named', async () => {
    const request = await zapRequest({ amountMsat: msat(22_000n) });
    expect(await judge(await receipt({ request }))).toBe('wrong-amount');
    const template = buildZapRequest({
      recipientPubkey: recipient.pubkey,
      amountMsat: AMOUNT,
      relays: [],
      createdAt: 1,
    });
    const open = await sender.sign(without('amount')(template));
    expect(await judge(await receipt({ request: open }))).toBe('believed');
    const descriptionHash = hashOf(utf8ToBytes(JSON.stringify(open)));
    const amountless = sampleInvoice({ prefix: 'lnbcrt', descriptionHash });
    expect(await judge(await receipt({ request: open, bolt11: amountless }))).toBe('wrong-amount');
  });

  test('that moves the zap to somebody or something else', async () => {
    expect(await judge(await receipt({ change: having('p', stranger.pubkey) }))).toBe('wrong-recipient');
    const elsewhere = await zapRequest({ recipientPubkey: stranger.pubkey });
    expect(await judge(await receipt({ request: elsewhere, change: having('p', recipient.pubkey) }))).toBe(
      'inconsistent',
    );
    expect(await judge(await receipt({ change: having('e', hex32(9)) }))).toBe('inconsistent');
    expect(await judge(await receipt({ change: without('e') }))).toBe('inconsistent');
    expect(await judge(await receipt({ change: having('a', `31990:${hex32(1)}:x`) }))).toBe('inconsistent');
    expect(await judge(await receipt({ change: having('P', stranger.pubkey) }))).toBe('inconsistent');
    expect(await judge(await receipt({ change: without('P') }))).toBe('believed');
    const template = buildZapRequest({
      recipientPubkey: recipient.pubkey,
      amountMsat: AMOUNT,
      relays: [],
      createdAt: 1,
    });
    const wantsOther = await sender.sign(having('P', stranger.pubkey)(template));
    expect(await judge(await receipt({ request: wantsOther }))).toBe('inconsistent');
  });

  test('for another lightning address; texts that are none say nothing', async () => {
    const other = lnurlOf('https://pay.example/.well-known/lnurlp/eve');
    expect(await judge(await receipt({ request: await zapRequest({ lnurl: other }) }))).toBe('wrong-lnurl');
    const upper = await zapRequest({
      lnurl: lnurlOf('https://PAY.example/.well-known/lnurlp/bot').toUpperCase(),
    });
    expect(await judge(await receipt({ request: upper }))).toBe('believed');
    expect(await judge(await receipt({ request: await zapRequest({ lnurl: 'bot@pay.example' }) }))).toBe(
      'believed',
    );
  });

  test('with a preimage that is none', async () => {
    expect(await judge(await receipt({ preimage: hex32(0x43) }))).toBe('wrong-preimage');
    const reference = await receipt({ preimage: '8a6e0804-2bd0-4672-b79d-d97027f9071a' });
    expect(await verifyZapReceipt(reference, rules)).toMatchObject({ value: { preimageShown: false } });
  });

  test('that cannot be read', async () => {
    expect(await judge(await receipt({ change: without('bolt11') }))).toBe('malformed-receipt');
    expect(await judge(await receipt({ change: having('description', '{}') }))).toBe('malformed-zap-request');
  });
});

describe('a nutzap', () => {
  const LOCK = hex32(0x55);
  const MINT = 'https://mint.example';
  const secret = (data: string, more: object = {}) =>
    JSON.stringify(['P2PK', { nonce: hex32(1), data, ...more }]);
  const proof = (amount: bigint, told = secret(`02${LOCK}`)) => ({
    amount,
    id: '009a1f293253e41e',
    secret: told,
    C: `02${hex32(2)}`,
    dleq: { e: hex32(3), s: hex32(4), r: hex32(5) },
  });
  const fresh = (amount: bigint, nonce: number) =>
    proof(amount, secret(`02${LOCK}`, { nonce: hex32(nonce) }));

  async function judge(told: Partial<NutzapDraft> = {}, expected: object = {}): Promise<string> {
    const info = await recipient.sign(
      buildNutzapInfo({
        mints: [
          { url: MINT, units: ['sat'] },
          { url: 'https://any.example', units: [] },
        ],
        relays: [],
        lockPubkey: LOCK,
        createdAt: 1,
      }),
    );
    const draft: NutzapDraft = {
      recipientPubkey: recipient.pubkey,
      mint: MINT,
      unit: 'sat',
      proofs: [fresh(16n, 1), fresh(4n, 2), fresh(1n, 3)],
      zapped: { id: hex32(7), kind: 7000 },
      createdAt: 2,
      ...told,
    };
    const nutzap = orThrow(parseNutzap(await sender.sign(buildNutzap(draft))));
    const rules = { info: orThrow(parseNutzapInfo(info)), unit: 'sat', minTotal: 21n, ...expected };
    const checked = checkNutzap(nutzap, rules);
    return checked.ok
      ? `${checked.value.total}${checked.value.hasDleq ? ' with DLEQ' : ''}`
      : checked.failure.code;
  }

  test('locked to the recipient, of a mint it trusts, is worth swapping', async () => {
    expect(await judge()).toBe('21 with DLEQ');
    expect(await judge({ proofs: [{ ...fresh(32n, 1), dleq: null }] })).toBe('32');
    expect(await judge({ mint: 'https://any.example' })).toBe('21 with DLEQ');
    const sigflag = secret(`02${LOCK}`, { tags: [['sigflag', 'SIG_INPUTS']] });
    expect(await judge({ proofs: [proof(21n, sigflag)] })).toBe('21 with DLEQ');
  });

  test('for somebody else, of another mint or in another unit', async () => {
    expect(await judge({ recipientPubkey: stranger.pubkey })).toBe('wrong-recipient');
    for (const mint of [`${MINT}/`, 'https://MINT.example', 'https://evil.example'])
      expect(await judge({ mint })).toBe('unknown-mint');
    expect(await judge({ unit: 'usd' })).toBe('wrong-unit');
    expect(await judge({ unit: 'usd' }, { unit: 'usd' })).toBe('wrong-unit');
    expect(await judge({ unit: 'usd', mint: 'https://any.example' }, { unit: 'usd' })).toBe('21 with DLEQ');
  });

  test.each([
    ['open', 'just a secret'],
    ['to another key', secret(`02${hex32(0x66)}`)],
    ['to the other parity', secret(`03${LOCK}`)],
    ['to the bare key', secret(LOCK)],
    ['with a refund', secret(`02${LOCK}`, { tags: [['refund', hex32(1)]] })],
    ['with a time limit', secret(`02${LOCK}`, { tags: [['locktime', '1']] })],
    [
      'with several keys',
      secret(`02${LOCK}`, {
        tags: [
          ['n_sigs', '2'],
          ['pubkeys', `02${hex32(1)}`],
        ],
      }),
    ],
    ['to all outputs', secret(`02${LOCK}`, { tags: [['sigflag', 'SIG_ALL']] })],
    ['by a hash', JSON.stringify(['HTLC', { nonce: hex32(1), data: `02${LOCK}` }])],
    ['and more', JSON.stringify(['P2PK', { nonce: hex32(1), data: `02${LOCK}` }, 1])],
    ['with unknown fields', secret(`02${LOCK}`, { spend: 'me' })],
    ['without a nonce', JSON.stringify(['P2PK', { data: `02${LOCK}` }])],
  ])('locked %s is refused', async (_how, told) => {
    expect(await judge({ proofs: [fresh(32n, 9), proof(1n, told)] })).toBe('not-locked');
  });

  test('that is too little, the same twice, or for something else', async () => {
    expect(await judge({}, { minTotal: 22n })).toBe('too-little');
    expect(await judge({ proofs: [fresh(16n, 1), fresh(16n, 1)] })).toBe('repeated-proof');
    expect(await judge({}, { eventIds: [hex32(8)] })).toBe('wrong-event');
    expect(await judge({}, { eventIds: [hex32(8), hex32(7)] })).toBe('21 with DLEQ');
  });
});

describe('a review with proof of payment', () => {
  const [customer, provider] = [sender, recipient];
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
      value: { amountMsat: AMOUNT, paymentHash: PAYMENT_HASH, network: 'regtest' },
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
