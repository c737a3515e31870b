import { expect, test } from 'vitest';
import { provenWork } from './proven-work.ts';

test('what is proven is what an id shows, and no more than its nonce says was sought', () => {
  const event = (bits: number, nonce: string[] | null) => ({
    id: (2n ** BigInt(255 - bits)).toString(16).padStart(64, '0'),
    pubkey: 'ab'.repeat(32),
    created_at: 1,
    kind: 5050,
    tags: nonce === null ? [] : [['nonce', ...nonce]],
    content: '',
    sig: '',
  });
  expect(provenWork(event(12, ['1', '12']))).toBe(12);
  expect(provenWork(event(30, ['1', '8']))).toBe(8);
  expect(provenWork(event(8, ['1', '30']))).toBe(8);
  for (const nonce of [null, ['1'], ['1', 'many']]) expect(provenWork(event(30, nonce))).toBe(0);
});
