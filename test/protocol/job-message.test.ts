import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generateSecretKey, secretKeySigner, wrapFor, type Signer } from '../../src/keys/index.ts';
import {
  GIFT_WRAP_BACKDATE_SECONDS,
  msat,
  jobMessageId,
  openJobMessage,
  orThrow,
  verifyEvent,
  wrapJobMessage,
  type EventTemplate,
  type JobMessageDraft,
  type NostrEvent,
} from '../../src/protocol/index.ts';
import { giftWrap } from '../../src/protocol/job-message/gift-wrap.ts';
import { sampleInvoice } from '../fixtures/signed-invoice.ts';
import { hex32 } from './events.ts';

const newSigner = () => secretKeySigner(generateSecretKey());
const [customer, provider, stranger] = [newSigner(), newSigner(), newSigner()];
const NOW = 1_753_180_000;
const QUESTION: JobMessageDraft = {
  type: 'question',
  requestId: hex32(7),
  text: 'how long?',
  createdAt: NOW,
};

const toProvider = (author: Signer = customer) => wrapFor(provider.pubkey, author, NOW);
const wrapped = async (draft: JobMessageDraft) => orThrow(await wrapJobMessage(draft, toProvider()));
const codeOf = async (wrap: NostrEvent, receiver: Signer = provider) => {
  const opened = await openJobMessage(wrap, receiver);
  return opened.ok ? 'opened' : opened.failure.code;
};

/** A seal of the customer around any text, wrapped for the provider by whoever likes to. */
async function sealedText(text: string, told: Partial<EventTemplate> = {}): Promise<NostrEvent> {
  const seal = await customer.sign({
    kind: 13,
    created_at: NOW,
    tags: [],
    content: await customer.nip44.encrypt(provider.pubkey, text),
    ...told,
  });
  return wrapText(JSON.stringify(seal));
}

async function wrapText(text: string): Promise<NostrEvent> {
  return stranger.sign({
    kind: 1059,
    created_at: NOW,
    tags: [['p', provider.pubkey]],
    content: await stranger.nip44.encrypt(provider.pubkey, text),
  });
}

const rumorOf = (told: Record<string, unknown> = {}) =>
  JSON.stringify({
    id: hex32(1),
    pubkey: customer.pubkey,
    created_at: NOW,
    kind: 7008,
    tags: [],
    content: '',
    ...told,
  });

describe('a message about a job', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 200 });
  const said = fc.record({
    requestId: fc.constantFrom(hex32(1), hex32(2)),
    text,
    createdAt: fc.integer({ min: 0, max: 4_000_000_000 }),
  });
  const body = fc.oneof(
    fc.constantFrom('question', 'revision', 'note', 'complaint').map((type) => ({ type })),
    fc.record({
      type: fc.constant('resend'),
      relays: fc.uniqueArray(fc.constantFrom('wss://a.example', 'wss://b.example/path'), { maxLength: 2 }),
    }),
    fc.record({
      type: fc.constant('resend-refused'),
      reason: fc.constantFrom('not-delivered', 'too-soon'),
      about: fc.constantFrom(hex32(3), hex32(4)),
    }),
    fc.constantFrom('refund-claim', 'top-up-invoice', 'withdrawal').map((type) => ({
      type,
      bolt11: sampleInvoice(),
    })),
    fc.record({
      type: fc.constantFrom('top-up', 'draw', 'balance'),
      amountMsat: fc.bigInt({ min: 0n, max: 10n ** 15n }).map(msat),
    }),
    fc.record({ type: fc.constant('balance-refused'), reason: fc.constantFrom('too-low', 'x') }),
    fc.record({
      type: fc.constant('refund-offer'),
      amountMsat: fc.bigInt({ min: 0n, max: 10n ** 15n }).map(msat),
      claimUntil: fc.integer({ min: 0, max: 4_000_000_000 }),
    }),
    fc.constant({
      type: 'refund-paid',
      paymentHash: bytesToHex(sha256(hexToBytes(hex32(9)))),
      preimage: hex32(9),
    }),
    fc.record({ type: fc.constant('token'), token: fc.string({ minLength: 1, maxLength: 500 }) }),
  );
  const drafts = fc.tuple(said, body).map((parts) => Object.assign({}, ...parts) as JobMessageDraft);

  it('arrives as it was written, with its author proven, and says the same however it was wrapped', async () => {
    await fc.assert(
      fc.asyncProperty(drafts, async (draft) => {
        const [one, other] = [await wrapped(draft), await wrapped(draft)];
        const read = orThrow(await openJobMessage(one, provider));
        const parties = { authorPubkey: customer.pubkey, receiverPubkey: provider.pubkey };
        expect(read).toEqual({ ...draft, id: jobMessageId(draft, parties), authorPubkey: customer.pubkey });
        expect(one.id).not.toBe(other.id);
        expect(orThrow(await openJobMessage(other, provider))).toEqual(read);
      }),
      { numRuns: 30 },
    );
  });

  it('shows neither its author nor its words nor its time to others', async () => {
    const wrap = await wrapped(QUESTION);
    expect(verifyEvent(wrap)).toBe(true);
    expect(wrap).toMatchObject({ kind: 1059, tags: [['p', provider.pubkey]] });
    expect(wrap.pubkey).not.toBe(customer.pubkey);
    expect(wrap.created_at).toBeLessThanOrEqual(NOW);
    expect(wrap.created_at).toBeGreaterThan(NOW - GIFT_WRAP_BACKDATE_SECONDS);
    expect(await codeOf(wrap, stranger)).toBe('not-for-us');
    expect(await codeOf({ ...wrap, tags: [['p', stranger.pubkey]] }, stranger)).toBe('undecryptable');
  });

  it.each([
    ['of another kind', 'wrong-kind', (wrap: NostrEvent) => ({ ...wrap, kind: 1060 })],
    [
      'longer than any message',
      'too-large',
      (wrap: NostrEvent) => ({ ...wrap, content: 'A'.repeat(262_145) }),
    ],
    [
      'damaged',
      'undecryptable',
      (wrap: NostrEvent) => ({ ...wrap, content: `${wrap.content.slice(0, -8)}AAAAAAA=` }),
    ],
    [
      'said to be from another key',
      'undecryptable',
      (wrap: NostrEvent) => ({ ...wrap, pubkey: stranger.pubkey }),
    ],
  ])('is not opened when its wrap is %s', async (_, code, spoil) => {
    expect(await codeOf(spoil(await wrapped(QUESTION)))).toBe(code);
  });

  it.each([
    ['no JSON', 'malformed-seal', () => wrapText('a seal')],
    [
      'a signed message without a seal',
      'malformed-seal',
      async () =>
        wrapText(JSON.stringify(await customer.sign({ kind: 7008, created_at: NOW, tags: [], content: '' }))),
    ],
    ['a seal with tags', 'malformed-seal', () => sealedText(rumorOf(), { tags: [['p', provider.pubkey]] })],
    [
      'a seal for somebody else',
      'undecryptable',
      async () =>
        sealedText(rumorOf(), { content: await customer.nip44.encrypt(stranger.pubkey, rumorOf()) }),
    ],
    ['a seal around no JSON', 'malformed-rumor', () => sealedText('hello')],
    ['a rumor whose id is not its own', 'malformed-rumor', () => sealedText(rumorOf())],
    [
      'a signed event in a seal',
      'malformed-rumor',
      async () =>
        sealedText(
          JSON.stringify(await customer.sign({ kind: 7008, created_at: NOW, tags: [], content: '' })),
        ),
    ],
    [
      'a rumor in the name of somebody else',
      'impersonation',
      () => sealedText(rumorOf({ pubkey: stranger.pubkey })),
    ],
  ])('is not believed when the wrap holds %s', async (_, code, spoilt) => {
    expect(await codeOf(await spoilt())).toBe(code);
  });

  it('costs one decryption from whom the receiver does not hear', async () => {
    const opened: string[] = [];
    const decrypt = (peerPubkey: string, ciphertext: string) => {
      opened.push(peerPubkey);
      return provider.nip44.decrypt(peerPubkey, ciphertext);
    };
    const receiver = { pubkey: provider.pubkey, nip44: { ...provider.nip44, decrypt } };
    const wrap = await wrapped(QUESTION);
    const asked: string[] = [];
    const isUnheard = (claimedPubkey: string) => asked.push(claimedPubkey) === 0;
    const unheard = await openJobMessage(wrap, receiver, isUnheard);
    expect(unheard).toMatchObject({ ok: false, failure: { code: 'unheard' } });
    expect([opened, asked]).toEqual([[wrap.pubkey], [customer.pubkey]]);
    expect(await openJobMessage(wrap, receiver, (pubkey) => pubkey === customer.pubkey)).toMatchObject({
      ok: true,
    });
  });

  it('is not believed when somebody else signed the seal', async () => {
    const seal = await stranger.sign({
      kind: 13,
      created_at: NOW,
      tags: [],
      content: await stranger.nip44.encrypt(provider.pubkey, rumorOf()),
    });
    expect(await codeOf(await wrapText(JSON.stringify({ ...seal, pubkey: customer.pubkey })))).toBe(
      'forged-seal',
    );
  });

  it.each([
    ['a chat message', 'not-job-message', { kind: 14 }],
    [
      'a message for another provider',
      'not-for-us',
      {
        tags: [
          ['e', hex32(7)],
          ['p', stranger.pubkey],
          ['message', 'note'],
        ],
      },
    ],
    [
      'no request',
      'malformed-message',
      {
        tags: [
          ['p', provider.pubkey],
          ['message', 'note'],
        ],
      },
    ],
    [
      'an unknown type',
      'malformed-message',
      {
        tags: [
          ['e', hex32(7)],
          ['p', provider.pubkey],
          ['message', 'shout'],
        ],
      },
    ],
    [
      'a claim without an invoice',
      'malformed-message',
      {
        tags: [
          ['e', hex32(7)],
          ['p', provider.pubkey],
          ['message', 'refund-claim'],
          ['bolt11', 'money'],
        ],
      },
    ],
    [
      'an offer without an amount',
      'malformed-message',
      {
        tags: [
          ['e', hex32(7)],
          ['p', provider.pubkey],
          ['message', 'refund-offer'],
          ['amount', '1.5'],
          ['claim_until', '9'],
        ],
      },
    ],
    [
      'an offer without an end',
      'malformed-message',
      {
        tags: [
          ['e', hex32(7)],
          ['p', provider.pubkey],
          ['message', 'refund-offer'],
          ['amount', '15'],
        ],
      },
    ],
    [
      'a payment without its preimage',
      'malformed-message',
      {
        tags: [
          ['e', hex32(7)],
          ['p', provider.pubkey],
          ['message', 'refund-paid'],
          ['payment', hex32(9), hex32(9)],
        ],
      },
    ],
    [
      'a token without ecash',
      'malformed-message',
      {
        tags: [
          ['e', hex32(7)],
          ['p', provider.pubkey],
          ['message', 'token'],
        ],
      },
    ],
    [
      'more words than anybody reads',
      'malformed-message',
      {
        tags: [
          ['e', hex32(7)],
          ['p', provider.pubkey],
          ['message', 'note'],
        ],
        content: 'a'.repeat(20_001),
      },
    ],
  ])('is told from %s', async (_, code, told) => {
    const template = { kind: 7008, created_at: NOW, tags: [], content: '', ...told };
    expect(await codeOf(orThrow(await giftWrap(template, toProvider())))).toBe(code);
  });

  it('is not sent when the signer refuses', async () => {
    const refusing = {
      ...customer,
      nip44: { ...customer.nip44, encrypt: () => Promise.reject(new Error('no')) },
    };
    expect(await wrapJobMessage(QUESTION, toProvider(refusing))).toMatchObject({
      failure: { code: 'encryption-failed' },
    });
  });
});
