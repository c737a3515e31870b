import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { unixNow } from '../../src/clock/index.ts';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import type { Wallet } from '../../src/money/index.ts';
import {
  buildZapReceipt,
  buildZapRequest,
  msat,
  orThrow,
  parseInvoice,
  parseZapRequest,
  satsToMsat,
  ZAP_RECEIPT_KIND,
  type EventTemplate,
  type NostrEvent,
} from '../../src/protocol/index.ts';
import { createMemoryZapRecords, type ZapOrder } from '../../src/zaps/index.ts';
import { sampleInvoice, signInvoice } from '../fixtures/signed-invoice.ts';
import { AMOUNT, openZapStage, type ZappedParty, type ZapStage } from './stage.ts';

let stage: ZapStage;

beforeAll(async () => {
  stage = await openZapStage();
}, 60_000);
afterEach(() => stage.sweep());
afterAll(() => stage.close());

const recipient = secretKeySigner(generateSecretKey());
const stranger = secretKeySigner(generateSecretKey());

function hashOf(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(text)));
}

describe('a sender', () => {
  const now = unixNow();
  /** Asks a server that describes itself and answers as told. */
  async function zapAt(
    told: { readonly endpoint?: object; readonly answer?: (url: URL) => unknown; readonly payTo?: string },
    network: 'bitcoin' | 'regtest' = 'regtest',
  ): Promise<string> {
    const server = await stage.serve((request) => {
      const url = new URL(request.url);
      if (url.pathname === '/callback') return Response.json(told.answer?.(url));
      const honest = {
        tag: 'payRequest',
        callback: `${server.origin}/callback`,
        minSendable: 1_000,
        maxSendable: 100_000_000,
        metadata: '[]',
        allowsNostr: true,
        nostrPubkey: stranger.pubkey,
      };
      return Response.json({ ...honest, ...told.endpoint });
    });
    const before = await stage.paymentCount();
    const payTo = told.payTo ?? `bot@${server.host}`;
    const order = { payTo, amountMsat: AMOUNT, target: { pubkey: recipient.pubkey }, relays: [] };
    const sent = await stage.send(server, order, { network });
    expect(await stage.paymentCount()).toBe(before);
    return sent.ok ? 'sent' : sent.failure.code;
  }

  /** An answer with an invoice that commits to the zap request in the URL, changed as told. */
  const invoice = (told: Parameters<typeof sampleInvoice>[0]) => (url: URL) => ({
    pr: sampleInvoice({
      createdAt: now,
      descriptionHash: hashOf(url.searchParams.get('nostr') ?? ''),
      ...told,
    }),
  });

  test.each([
    ['over another amount', invoice({ prefix: 'lnbcrt220n' }), 'wrong-amount'],
    ['without an amount', invoice({ prefix: 'lnbcrt' }), 'amountless'],
    ['of another network', invoice({ prefix: 'lnbc210n' }), 'wrong-network'],
    ['that has run out', invoice({ createdAt: now - 4_000 }), 'invoice-expired'],
    ['for something else', invoice({ descriptionHash: '11'.repeat(32) }), 'wrong-description'],
    [
      'for a text',
      () => ({
        pr: signInvoice({
          prefix: 'lnbcrt210n',
          createdAt: now,
          fields: [
            ['p', { hex: '11'.repeat(32) }],
            ['s', { hex: '22'.repeat(32) }],
            ['d', { text: 'zap' }],
            ['9', [16, 8, 0]],
          ],
        }),
      }),
      'wrong-description',
    ],
    ['that is none', () => ({ pr: 'lnbcrt' }), 'invalid-invoice'],
  ])('pays no invoice %s', async (_what, answer, code) => {
    expect(await zapAt({ answer })).toBe(code);
  });

  test('pays at no server that does not do as LNURL and NIP-57 say', async () => {
    for (const endpoint of [{ tag: 'login' }, { callback: 7 }, { minSendable: '1000' }, { maxSendable: -1 }])
      expect(await zapAt({ endpoint })).toBe('malformed-endpoint');
    expect(await zapAt({ endpoint: { allowsNostr: false } })).toBe('zaps-not-offered');
    expect(await zapAt({ endpoint: { nostrPubkey: 'somebody' } })).toBe('zaps-not-offered');
    expect(await zapAt({ endpoint: { minSendable: 22_000 } })).toBe('amount-out-of-range');
    expect(await zapAt({ endpoint: { maxSendable: 20_000 } })).toBe('amount-out-of-range');
    expect(await zapAt({ endpoint: { status: 'ERROR', reason: 'closed' } })).toBe('endpoint-refused');
    expect(await zapAt({ answer: () => ({ status: 'ERROR', reason: 'no' }) })).toBe('endpoint-refused');
    expect(await zapAt({ answer: () => ({ routes: [] }) })).toBe('malformed-endpoint');
  });

  test('pays no real money over plain http, nor at addresses of the local network', async () => {
    expect(await zapAt({}, 'bitcoin')).toBe('insecure-url');
    expect(await zapAt({ endpoint: { callback: 'http://example.com/callback' } })).toBe('insecure-url');
    expect(await zapAt({ endpoint: { callback: 'https://10.0.0.1/callback' } })).toBe('url-private');
    expect(await zapAt({ payTo: 'bot@192.168.0.1' })).toBe('url-private');
    expect(await zapAt({ payTo: 'bot' })).toBe('malformed-pay-address');
  });
});

describe('a sender that waits for its receipt', () => {
  test('believes none but that of its own zap, signed by the server', async () => {
    const party = await stage.openParty();
    const target = { pubkey: party.signer.pubkey };
    const order: ZapOrder = { payTo: party.lud16, amountMsat: AMOUNT, target, relays: [stage.relayUrl] };
    const earlier = orThrow(await stage.send(party.server, order));
    const first = await party.records.get(earlier.paymentHash);

    /** Pays, and before the sender looks for the receipt, the relay has everything but the true one. */
    const pay: Wallet['pay'] = async (payment, call) => {
      const own = (await party.records.unfinished()).find(({ bolt11 }) => bolt11 === payment.bolt11);
      if (own === undefined || first === null) throw new Error('The zaps are not booked.');
      const { receiptSigner } = party;
      const forged = [
        await stage.customer.sign(receiptFor(own.description, own.bolt11)), // self-made by the sender
        await stranger.sign(receiptFor(own.description, own.bolt11)),
        await receiptSigner.sign(receiptFor(first.description, first.bolt11)), // true, but of another zap
        await receiptSigner.sign(receiptFor(first.description, own.bolt11)), // our invoice for another zap
        await receiptSigner.sign(receiptFor(own.description, first.bolt11)), // our zap with another invoice
      ];
      const pool = stage.openPool();
      for (const event of forged)
        expect(await pool.publish(event, [stage.relayUrl])).toMatchObject([{ outcome: 'accepted' }]);
      return stage.customerWallet.pay(payment, call);
    };
    const wallet = { ...stage.customerWallet, pay };
    const sent = await stage.send(party.server, { ...order, receiptTimeoutMs: 1_000 }, { wallet });
    expect(orThrow(sent).receipt).toBeNull();
    expect(await stage.receiptsOf(party.signer.pubkey)).toHaveLength(5);
  });
});

function receiptFor(description: string, bolt11: string): EventTemplate {
  const zapRequest = orThrow(parseZapRequest(JSON.parse(description) as NostrEvent));
  return buildZapReceipt({ zapRequest, description, bolt11, paidAt: unixNow() });
}

describe('a pay server', () => {
  async function ask(party: ZappedParty, query: Record<string, string>, name = 'bot'): Promise<unknown> {
    const url = `${party.server.origin}/.well-known/lnurlp/${name}/callback?${new URLSearchParams(query).toString()}`;
    const answer = (await (await fetch(url)).json()) as { pr?: string; reason?: string };
    return answer.pr === undefined ? answer.reason : orThrow(parseInvoice(answer.pr));
  }

  function draft(party: ZappedParty, told: object = {}): EventTemplate {
    return buildZapRequest({
      recipientPubkey: party.signer.pubkey,
      amountMsat: AMOUNT,
      relays: [stage.relayUrl],
      createdAt: unixNow(),
      ...told,
    });
  }

  test('makes no invoice for a zap request that breaks a rule', async () => {
    const party = await stage.openParty();
    const amount = AMOUNT.toString();
    const good = await stranger.sign(draft(party));
    const withTags = (...tags: string[][]) => {
      const template = draft(party);
      return stranger.sign({ ...template, tags: [...template.tags, ...tags] });
    };
    const bad: unknown[] = [
      'text',
      { ...good, content: 'changed' },
      { ...good, kind: 1 },
      await stranger.sign(draft(party, { recipientPubkey: stranger.pubkey })),
      await stranger.sign(draft(party, { amountMsat: msat(1n) })),
      await stranger.sign(draft(party, { comment: 'x'.repeat(1_001) })),
      await withTags(['p', party.signer.pubkey]),
      await withTags(['e', '11'.repeat(32)], ['e', '22'.repeat(32)]),
      await withTags(['a', 'nowhere']),
      await withTags(['P', stranger.pubkey]),
    ];
    for (const request of bad)
      expect(await ask(party, { amount, nostr: JSON.stringify(request) })).toBeTypeOf('string');
    expect(await party.records.unfinished()).toEqual([]);
    expect(await ask(party, { amount, nostr: JSON.stringify(good) })).toMatchObject({ amountMsat: AMOUNT });
    expect(await party.records.unfinished()).toHaveLength(1);
  });

  test('makes invoices only for amounts that it announces, for people it knows', async () => {
    const party = await stage.openParty();
    for (const amount of ['', '999', '10000001', '21000.5', '-21000', '2e4'])
      expect(await ask(party, { amount })).toMatch(/Send between/);
    expect(await ask(party, { amount: '21000' }, 'nobody')).toBe('Nobody is paid under this name.');
    expect((await fetch(`${party.server.origin}/elsewhere`)).status).toBe(404);
    expect((await fetch(`${party.server.origin}/.well-known/lnurlp/bot`, { method: 'POST' })).status).toBe(
      405,
    );
  });

  test('keeps a bounded number of invoices and zaps', async () => {
    const now = unixNow();
    const records = createMemoryZapRecords({ maxUnfinished: 1 });
    const party = await stage.openParty({ records });
    const amount = AMOUNT.toString();
    const zapRequest = async () => JSON.stringify(await stranger.sign(draft(party)));
    expect(await ask(party, { amount, nostr: await zapRequest() })).toMatchObject({ amountMsat: AMOUNT });
    expect(await ask(party, { amount, nostr: await zapRequest() })).toMatch(/Too many zaps/);
    const slow = await stage.openParty({ invoicesPerMinute: 0, now: () => now });
    expect(await ask(slow, { amount })).toMatch(/Too many want to pay/);
  });

  test('tells few relays, and none of the local network', async () => {
    const party = await stage.openParty({ relays: ['wss://own.example'] });
    const asked = [
      'ws://127.0.0.1:1',
      'wss://10.0.0.1',
      'ws://[::1]:7777',
      'ws://printer.local',
      ...Array.from({ length: 10 }, (_, index) => `wss://relay-${index}.example`),
    ];
    const nostr = JSON.stringify(await stranger.sign(draft(party, { relays: asked })));
    await ask(party, { amount: AMOUNT.toString(), nostr });
    expect((await party.records.unfinished())[0]?.relays).toEqual([
      'wss://own.example',
      ...Array.from({ length: 5 }, (_, index) => `wss://relay-${index}.example`),
    ]);
  });

  test('takes no payment with a wallet of another network', async () => {
    const party = await stage.openParty({ network: 'bitcoin' });
    expect(await ask(party, { amount: AMOUNT.toString() })).toMatch(/No payments can be taken/);
  });

  test('publishes no receipt for an invoice that another wallet was paid for', async () => {
    const party = await stage.openParty();
    const { bolt11, paymentHash } = orThrow(
      await stage.customerWallet.makeInvoice({ amountMsat: AMOUNT, expirySeconds: 600 }),
    );
    orThrow(await stage.providerWallet.pay({ bolt11: bolt11 ?? '', feeLimitMsat: satsToMsat(10) }));
    const description = JSON.stringify(await stranger.sign(draft(party)));
    const relays = [stage.relayUrl];
    const expiresAt = unixNow() + 600;
    orThrow(
      await party.records.add({
        paymentHash,
        bolt11: bolt11 ?? '',
        amountMsat: AMOUNT,
        description,
        relays,
        expiresAt,
      }),
    );
    const looks = Promise.withResolvers<void>();
    let count = 0;
    const wallet = {
      ...stage.providerWallet,
      lookup: (...call: Parameters<typeof stage.providerWallet.lookup>) => {
        if (++count === 3) looks.resolve();
        return stage.providerWallet.lookup(...call);
      },
    };
    party.follow({ wallet, lookEveryMs: 1 });
    await looks.promise;
    expect(await party.records.get(paymentHash)).toMatchObject({ state: 'open' });
    const filter = { kinds: [ZAP_RECEIPT_KIND], authors: [party.receiptSigner.pubkey] };
    expect(await stage.openPool().query([stage.relayUrl], [filter])).toEqual([]);
  });
});
