import fc from 'fast-check';
import { expect, test } from 'vitest';
import { generateSecretKey, secretKeySigner } from '../keys/index.ts';
import { buildJobRequest, EXCHANGE_MODES, type ExchangeMode, type NostrEvent } from '../protocol/index.ts';
import { admit, type AdmissionRules } from './admission.ts';
import { service } from './service.ts';

const NOW = 1_800_000_000;
const provider = secretKeySigner(generateSecretKey());
const customer = secretKeySigner(generateSecretKey());

const rules: AdmissionRules = {
  pubkey: provider.pubkey,
  services: [service({ kind: 5050, priceSats: 10, handler: async () => '' })],
  limits: { maxRequestAgeSeconds: 3600 },
  payable: new Set(['free', 'hold']),
  now: NOW,
};

function request(draft: Partial<Parameters<typeof buildJobRequest>[0]> = {}): Promise<NostrEvent> {
  return customer.sign(
    buildJobRequest({
      kind: 5050,
      inputs: [{ data: 'hello', type: 'text', relay: null, marker: null }],
      params: new Map(),
      outputs: [],
      relays: [],
      createdAt: NOW,
      ...draft,
    }),
  );
}

async function codeOf(draft: Parameters<typeof request>[0], changed: Partial<AdmissionRules> = {}) {
  const admitted = admit(await request(draft), { ...rules, ...changed });
  return admitted.ok ? 'admitted' : `${admitted.failure.code}${admitted.answer ? ' answered' : ''}`;
}

test('a plain NIP-90 request is admitted to a short hold', async () => {
  const admitted = admit(await request(), rules);
  expect(admitted).toMatchObject({ ok: true, value: { exchange: 'hold', service: { kind: 5050 } } });
});

test('a request for other providers is left alone, one for us is answered', async () => {
  expect(await codeOf({ targets: [customer.pubkey] })).toBe('not-for-us');
  expect(await codeOf({ targets: [provider.pubkey] })).toBe('admitted');
  expect(await codeOf({ targets: [provider.pubkey], kind: 5100 })).toBe('unknown-kind answered');
  expect(await codeOf({ kind: 5100 })).toBe('unknown-kind');
});

test('clocks: expired, stale and future requests are refused', async () => {
  expect(await codeOf({ expiresAt: NOW })).toBe('expired');
  expect(await codeOf({ expiresAt: NOW + 1 })).toBe('admitted');
  expect(await codeOf({ createdAt: NOW - 3601 })).toBe('stale');
  expect(await codeOf({ createdAt: NOW + 901, targets: [provider.pubkey] })).toBe('from-future answered');
});

test('a bid below the price is refused, an equal one admitted', async () => {
  const bid = (msat: bigint) => ({ bidMsat: msat as never, targets: [provider.pubkey] });
  expect(await codeOf(bid(9_999n))).toBe('bid-too-low answered');
  expect(await codeOf(bid(10_000n))).toBe('admitted');
});

test('a request without anything to work on is refused with an answer', async () => {
  expect(await codeOf({ inputs: [] })).toBe('missing-input answered');
  expect(await codeOf({ inputs: [], content: 'words to work on' })).toBe('admitted');
});

test('a long hold is only for customers that ask for holds', async () => {
  const slow = [service({ kind: 5050, priceSats: 10, worstSeconds: 600, handler: async () => '' })];
  expect(await codeOf({}, { services: slow })).toBe('no-common-exchange');
  expect(await codeOf({ exchanges: ['hold'] }, { services: slow })).toBe('admitted');
});

test('the mode is one that the customer, the service and the wallet share', async () => {
  const mode = fc.constantFrom<ExchangeMode>(...EXCHANGE_MODES);
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(mode, { minLength: 1 }),
      fc.uniqueArray(mode, { minLength: 1 }),
      fc.uniqueArray(mode),
      async (wanted, sold, payable) => {
        const services = [service({ kind: 5050, priceSats: 10, exchanges: sold, handler: async () => '' })];
        const admitted = admit(await request({ exchanges: wanted }), {
          ...rules,
          services,
          payable: new Set(payable),
        });
        const shared = sold.filter((each) => wanted.includes(each) && payable.includes(each));
        if (admitted.ok) expect(admitted.value.exchange).toBe(shared[0]);
        else expect([admitted.failure.code, shared]).toEqual(['no-common-exchange', []]);
      },
    ),
    { numRuns: 60 },
  );
});
