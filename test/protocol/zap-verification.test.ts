import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { bech32 } from '@scure/base';
import { describe, expect, test } from 'vitest';
import { generateSecretKey, secretKeySigner, type Signer } from '../../src/keys/index.ts';
import {
  buildZapReceipt,
  buildZapRequest,
  checkZapRequest,
  msat,
  orThrow,
  parseZapRequest,
  verifyEvent,
  verifyZapReceipt,
  type EventTemplate,
  type NostrEvent,
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
