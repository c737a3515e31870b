import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, randomBytes } from '@noble/hashes/utils.js';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import { lockReveal, openReveal, orThrow } from '../../src/protocol/index.ts';

const [provider, customer, router] = [1, 2, 3].map(() => secretKeySigner(generateSecretKey()));
if (!provider || !customer || !router) throw new Error('unreachable');
const preimage = bytesToHex(sha256(randomBytes(32)));

const lock = (content: string) =>
  lockReveal({ content, preimage, peerPubkey: customer.pubkey, ciphers: provider, entropy: randomBytes(56) });
const open = (content: string, told: Partial<Parameters<typeof openReveal>[0]> = {}) =>
  openReveal({ content, preimage, peerPubkey: provider.pubkey, ciphers: customer, ...told });
const codeOf = (outcome: Awaited<ReturnType<typeof open>>) => (outcome.ok ? 'opened' : outcome.failure.code);

describe('a result that is locked to its payment', () => {
  it('opens for the customer with the preimage, whatever it says', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 300 }), async (content) => {
        const locked = await lock(content);
        expect(orThrow(await open(locked))).toBe(content);
      }),
      { numRuns: 50 },
    );
  });

  it('stays shut for whoever routes the payment and so knows the preimage', async () => {
    expect(codeOf(await open(await lock('the text'), { ciphers: router }))).toBe('undecryptable');
  });

  it('stays shut without the preimage', async () => {
    const other = bytesToHex(randomBytes(32));
    expect(codeOf(await open(await lock('the text'), { preimage: other }))).toBe('wrong-key');
  });

  it('shows nothing of the text and locks the same text differently each time', async () => {
    const [one, two] = await Promise.all([lock('the text'), lock('the text')]);
    expect(one).not.toContain('the text');
    expect(one).not.toBe(two);
  });

  it('refuses what was changed on the way, and what is no locked result', async () => {
    const read: unknown = JSON.parse(await lock('the text'));
    const { salt, data } = read as { salt: string; data: string };
    const flipped = `${data.slice(0, 40)}${data[40] === 'A' ? 'B' : 'A'}${data.slice(41)}`;
    expect(codeOf(await open(JSON.stringify({ salt, data: flipped })))).toBe('wrong-key');
    for (const content of [
      '',
      'the text',
      '[]',
      '{}',
      '{"salt":1,"data":""}',
      JSON.stringify({ salt, data: '!' }),
    ])
      expect(codeOf(await open(content))).toBe('not-locked');
    const noSalt = await provider.nip44.encrypt(customer.pubkey, 'no salt');
    expect(codeOf(await open(JSON.stringify({ salt: noSalt, data })))).toBe('not-locked');
    expect(codeOf(await open(await lock('the text'), { preimage: 'ff' }))).toBe('not-locked');
  });

  it('takes exactly the randomness it needs', async () => {
    const short = {
      content: '',
      preimage,
      peerPubkey: customer.pubkey,
      ciphers: provider,
      entropy: randomBytes(24),
    };
    await expect(lockReveal(short)).rejects.toThrow('56 random bytes');
  });
});
