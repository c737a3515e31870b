import { describe, expect, test } from 'vitest';
import { generateSecretKey, secretKeySigner, type Signer } from '../../src/keys/index.ts';
import {
  buildNutzap,
  buildNutzapInfo,
  checkNutzap,
  orThrow,
  parseNutzap,
  parseNutzapInfo,
  type NutzapDraft,
} from '../../src/protocol/index.ts';
import { hex32 } from './events.ts';

const [sender, recipient, stranger] = [newSigner(), newSigner(), newSigner()];

function newSigner(): Signer {
  return secretKeySigner(generateSecretKey());
}

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

  test('whose signatures were checked and are not all the mint’s', async () => {
    const asked: bigint[] = [];
    const dleqHolds = ({ amount }: { amount: bigint }) => asked.push(amount) > 0 && amount !== 4n;
    expect(await judge({}, { dleqHolds })).toBe('invalid-dleq');
    expect(await judge({ proofs: [fresh(16n, 1), fresh(8n, 2)] }, { dleqHolds })).toBe('24 with DLEQ');
    expect(asked).toEqual([16n, 4n, 16n, 8n]);
  });

  test('that is too little, the same twice, or for something else', async () => {
    expect(await judge({}, { minTotal: 22n })).toBe('too-little');
    expect(await judge({ proofs: [fresh(16n, 1), fresh(16n, 1)] })).toBe('repeated-proof');
    expect(await judge({}, { eventIds: [hex32(8)] })).toBe('wrong-event');
    expect(await judge({}, { eventIds: [hex32(8), hex32(7)] })).toBe('21 with DLEQ');
  });
});
