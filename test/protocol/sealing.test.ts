import {
  array,
  assert,
  asyncProperty,
  boolean,
  constantFrom,
  integer,
  property,
  record,
  string,
  tuple,
  type Arbitrary,
} from 'fast-check';
import { describe, expect, test } from 'vitest';
import { generateSecretKey, secretKeySigner, type Signer } from '../../src/keys/index.ts';
import {
  buildFeedback,
  buildJobRequest,
  buildResult,
  decryptContent,
  encryptionScheme,
  msat,
  orThrow,
  parseJobFeedback,
  parseJobRequest,
  parseJobResult,
  sealAnswer,
  sealRequest,
  type EncryptionScheme,
  type EventTemplate,
  type NostrEvent,
} from '../../src/protocol/index.ts';
import { anyEvent, authored, hex32 } from './events.ts';

const [customer, provider, stranger] = [newSigner(), newSigner(), newSigner()];

function newSigner(): Signer {
  return secretKeySigner(generateSecretKey());
}

const schemes = constantFrom<EncryptionScheme>('nip04', 'nip44');
const word = string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
const inputs = array(
  record({
    data: string({ unit: 'grapheme' }),
    type: constantFrom('text', 'url', 'job'),
    relay: constantFrom(null, 'wss://a.example'),
    marker: constantFrom(null, 'first'),
  }),
  { maxLength: 3 },
);
const requestDraft = record(
  {
    kind: integer({ min: 5000, max: 5999 }),
    inputs,
    params: array(tuple(word, array(word, { maxLength: 2 })), { maxLength: 3 }).map((list) => new Map(list)),
    outputs: constantFrom([], ['text/plain']),
    relays: constantFrom([], ['wss://a.example']),
    createdAt: integer({ min: 0, max: 4_000_000_000 }),
    content: string({ unit: 'grapheme' }),
    bidMsat: constantFrom(msat(21_000n)),
    expiresAt: constantFrom(1_900_000_000),
    chain: constantFrom(new Map([[hex32(1), hex32(2)]])),
    refundLud16: constantFrom('me@wallet.example'),
    exchanges: constantFrom(['hold' as const]),
    mints: constantFrom(['https://mint.example', 'https://other.example/Bitcoin']),
  },
  { requiredKeys: ['kind', 'inputs', 'params', 'outputs', 'relays', 'createdAt'] },
);

async function sealed(template: EventTemplate, scheme: EncryptionScheme = 'nip44'): Promise<NostrEvent> {
  const sealing = { peerPubkey: provider.pubkey, scheme, ciphers: customer };
  return customer.sign(orThrow(await sealRequest(template, sealing)));
}

async function answered(template: EventTemplate, scheme: EncryptionScheme): Promise<NostrEvent> {
  const sealing = { peerPubkey: customer.pubkey, scheme, ciphers: provider };
  return provider.sign(orThrow(await sealAnswer(template, sealing)));
}

const plain = buildJobRequest({
  kind: 5001,
  inputs: [{ data: 'my secret diary', type: 'text', relay: null, marker: null }],
  params: new Map([['length', ['3 paragraphs']]]),
  outputs: ['text/plain'],
  relays: ['wss://a.example'],
  targets: [provider.pubkey],
  bidMsat: msat(5000n),
  content: 'please be kind',
  createdAt: 1_700_000_000,
});

describe('what is sealed reads the same as in clear, for both parties and in both schemes', () => {
  test('requests', async () => {
    await assert(
      asyncProperty(requestDraft, schemes, async (draft, scheme) => {
        const template = buildJobRequest({ ...draft, targets: [provider.pubkey] });
        const clear = orThrow(parseJobRequest(authored(customer.pubkey, template)));
        const event = await sealed(template, scheme);
        expect(encryptionScheme(event.content)).toBe(scheme);
        const { event: _, id: __, ...expected } = { ...clear, encrypted: true, scheme };
        for (const [peer, reader] of [
          [customer.pubkey, provider],
          [provider.pubkey, customer],
        ] as const)
          expect(
            orThrow(parseJobRequest(event, orThrow(await decryptContent(event, peer, reader)))),
          ).toMatchObject(expected);
      }),
      { numRuns: 40 },
    );
  });

  test('feedback', async () => {
    const draft = record(
      {
        status: constantFrom('payment-required', 'processing', 'error', 'success', 'partial'),
        info: word,
        amountMsat: constantFrom(msat(21_000n)),
        exchange: constantFrom('hold' as const),
        validUntil: constantFrom(1_900_000_000),
        error: record({ code: constantFrom('over-capacity'), detail: string() }),
        conditions: array(record({ code: constantFrom('trust', 'proof-of-work'), detail: string() }), {
          maxLength: 2,
        }),
        content: string({ unit: 'grapheme' }),
      },
      { requiredKeys: ['status'] },
    );
    const request = await sealed(plain);
    await assert(
      asyncProperty(draft, schemes, async (given, scheme) => {
        const template = buildFeedback({ ...given, request, createdAt: 1_700_000_001 });
        const event = await answered(template, scheme);
        const plaintext = orThrow(await decryptContent(event, provider.pubkey, customer));
        const { event: _, id: __, ...clear } = orThrow(parseJobFeedback(authored(provider.pubkey, template)));
        expect(orThrow(parseJobFeedback(event, plaintext))).toMatchObject({ ...clear, encrypted: true });
      }),
      { numRuns: 40 },
    );
  });

  test('results, also long and empty ones and those that are tag lists', async () => {
    const request = await sealed(plain);
    const contents: Arbitrary<string> = constantFrom(
      '',
      'done',
      'x'.repeat(70_000),
      '[["e","x"]]',
      '[["content","no"]]',
    );
    await assert(
      asyncProperty(contents, schemes, async (content, scheme) => {
        const event = await answered(buildResult({ request, content, createdAt: 2 }), scheme);
        if (content !== '') expect(event.content).not.toContain(content);
        const plaintext = orThrow(await decryptContent(event, provider.pubkey, customer));
        expect(orThrow(parseJobResult(event, plaintext))).toMatchObject({ content, encrypted: true });
      }),
      { numRuns: 12 },
    );
  });
});

describe('nothing private is left outside', () => {
  test('a request shows its provider, its relays and its end', async () => {
    const event = await sealed(plain);
    expect(event.tags).toEqual([['relays', 'wss://a.example'], ['p', provider.pubkey], ['encrypted']]);
    expect(JSON.stringify(event)).not.toContain('diary');
  });

  test('a request that names nobody names the key it is sealed for', async () => {
    const event = await sealed(buildJobRequest({ ...draftOf(5001), targets: [] }));
    expect(event.tags).toContainEqual(['p', provider.pubkey]);
  });

  test('feedback shows its bare status, its job and its customer', async () => {
    const request = await sealed(plain);
    const template = buildFeedback({
      request,
      status: 'payment-required',
      info: 'for the diary',
      amountMsat: msat(1000n),
      bolt11: 'lnbcrt10u1pjexampleinvoice',
      createdAt: 2,
    });
    const event = await answered(template, 'nip44');
    expect(event.tags).toEqual([
      ['status', 'payment-required'],
      ['e', request.id],
      ['p', customer.pubkey],
      ['encrypted'],
    ]);
  });

  test('a result leaves out the inputs that stood outside', async () => {
    const request = authored(customer.pubkey, {
      ...plain,
      tags: [['encrypted'], ['i', 'encrypted', 'text']],
    });
    const written = { content: '# x', mediaType: 'text/markdown' };
    const event = await answered(buildResult({ request, ...written, createdAt: 2 }), 'nip44');
    expect(event.tags.map(([name]) => name)).toEqual(['request', 'e', 'p', 'm', 'alt', 'encrypted']);
    expect(orThrow(parseJobResult(event))).toMatchObject({ mediaType: 'text/markdown', encrypted: true });
  });
});

describe('inner and outer tags', () => {
  async function readWith(inner: string[][], outer: string[][]) {
    const content = await customer.nip44.encrypt(provider.pubkey, JSON.stringify(inner));
    const event = authored(customer.pubkey, { kind: 5050, created_at: 1, tags: outer, content });
    return orThrow(parseJobRequest(event, orThrow(await decryptContent(event, customer.pubkey, provider))));
  }

  test('who is asked and until when is what everybody saw', async () => {
    const inner = [
      ['i', 'x', 'text'],
      ['p', hex32(9)],
      ['expiration', '5'],
    ];
    const outer = [['encrypted'], ['p', provider.pubkey], ['expiration', '9']];
    expect(await readWith(inner, outer)).toMatchObject({ targets: [provider.pubkey], expiresAt: 9 });
    expect(await readWith(inner, [['encrypted']])).toMatchObject({ targets: [hex32(9)], expiresAt: 5 });
  });

  test('feedback cannot be turned to another job from inside', async () => {
    const tags = [['encrypted'], ['e', hex32(1)]];
    const event = authored(provider.pubkey, { kind: 7000, created_at: 1, tags, content: 'c' });
    const plaintext = JSON.stringify([
      ['status', 'success'],
      ['e', hex32(2)],
    ]);
    expect(parseJobFeedback(event, plaintext)).toMatchObject({ value: { requestId: hex32(1) } });
  });
});

describe('what cannot be decrypted is refused with a code', () => {
  test('for another key, damaged, or no ciphertext at all', async () => {
    const event = await sealed(plain);
    const wrong = await decryptContent(event, customer.pubkey, stranger);
    const damaged = { ...event, content: `${event.content.slice(0, -8)}AAAAAAA=` };
    const clear = { ...event, content: 'hello' };
    for (const outcome of [
      wrong,
      await decryptContent(damaged, customer.pubkey, provider),
      await decryptContent(clear, customer.pubkey, provider),
    ])
      expect(outcome).toMatchObject({ failure: { code: 'undecryptable', data: { scheme: 'nip44' } } });
  });

  test('a signer that refuses to encrypt', async () => {
    const refuse = {
      encrypt: () => Promise.reject(new Error('no')),
      decrypt: () => Promise.reject(new Error('no')),
    };
    const sealing = {
      peerPubkey: provider.pubkey,
      scheme: 'nip44' as const,
      ciphers: { nip04: refuse, nip44: refuse },
    };
    expect(await sealRequest(plain, sealing)).toMatchObject({ failure: { code: 'encryption-failed' } });
  });

  test('no event makes it throw', async () => {
    await assert(
      asyncProperty(anyEvent, boolean(), async (event, iv) => {
        const hostile = iv ? { ...event, content: `${event.content}?iv=` } : event;
        const opened = await decryptContent(hostile, event.pubkey, provider);
        if (!opened.ok) expect(opened.failure.code).toBe('undecryptable');
      }),
      { numRuns: 200 },
    );
  });
});

test('conditions and reveals are read, whatever stands in them', () => {
  const conditions = [
    { code: 'trust', detail: '' },
    { code: 'proof-of-work', detail: '20' },
  ];
  const request = authored(customer.pubkey, plain);
  const feedback = buildFeedback({ request, status: 'payment-required', conditions, createdAt: 2 });
  expect(parseJobFeedback(authored(provider.pubkey, feedback))).toMatchObject({ value: { conditions } });
  const result = buildResult({ request, content: 'x', revealHash: hex32(7), createdAt: 2 });
  expect(parseJobResult(authored(provider.pubkey, result))).toMatchObject({
    value: { reveal: { paymentHash: hex32(7), version: 'v1' } },
  });
  assert(
    property(array(string(), { maxLength: 3 }), (values) => {
      const tags = [
        ['e', request.id],
        ['reveal', ...values],
        ['condition', ...values],
      ];
      const event = { created_at: 1, tags, content: '' };
      const { reveal } = orThrow(parseJobResult(authored(provider.pubkey, { ...event, kind: 6001 })));
      expect(reveal).toBeNull();
      const read = orThrow(parseJobFeedback(authored(provider.pubkey, { ...event, kind: 7000 })));
      expect(read.conditions).toHaveLength((values[0] ?? '') === '' ? 0 : 1);
    }),
  );
});

function draftOf(kind: number) {
  return { kind, inputs: [], params: new Map(), outputs: [], relays: [], createdAt: 1 };
}
