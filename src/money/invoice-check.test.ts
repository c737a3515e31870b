import { describe, expect, test } from 'vitest';
import { sampleInvoice } from '../../test/fixtures/signed-invoice.ts';
import { msat } from '../protocol/index.ts';
import { checkInvoice, type ExpectedInvoice } from './invoice-check.ts';

const createdAt = 1_700_000_000;
const agreed: ExpectedInvoice = { amountMsat: msat(21_000n), network: 'regtest', now: createdAt + 10 };
const check = (bolt11: string, expected: Partial<ExpectedInvoice> = {}): string => {
  const outcome = checkInvoice({ bolt11, expected: { ...agreed, ...expected } });
  return outcome.ok ? 'payable' : outcome.failure.code;
};

describe('an invoice before payment', () => {
  test('is payable when it says what was agreed', () => {
    const paymentHash = 'ab'.repeat(32);
    const descriptionHash = 'cd'.repeat(32);
    const bolt11 = sampleInvoice({ paymentHash, descriptionHash });
    expect(checkInvoice({ bolt11, expected: { ...agreed, paymentHash, descriptionHash } })).toMatchObject({
      ok: true,
      value: { paymentHash, descriptionHash, amountMsat: 21_000n, network: 'regtest' },
    });
  });

  test.each([
    ['not an invoice', 'lnbcrt1', {}, 'invalid-invoice'],
    ['of another network', sampleInvoice({ prefix: 'lnbc210n' }), {}, 'wrong-network'],
    ['of open amount', sampleInvoice({ prefix: 'lnbcrt' }), {}, 'amountless'],
    ['one millisatoshi dearer', sampleInvoice({ prefix: 'lnbcrt210010p' }), {}, 'wrong-amount'],
    ['one millisatoshi cheaper', sampleInvoice({ prefix: 'lnbcrt209990p' }), {}, 'wrong-amount'],
    ['expired this second', sampleInvoice({ expirySeconds: 10 }), {}, 'invoice-expired'],
    ['payable for one more second', sampleInvoice({ expirySeconds: 11 }), {}, 'payable'],
    ['expiring under way', sampleInvoice({ expirySeconds: 70 }), { minValidSeconds: 60 }, 'invoice-expired'],
    [
      'described by text where a hash was agreed',
      sampleInvoice(),
      { descriptionHash: 'cd'.repeat(32) },
      'wrong-description',
    ],
    ['for another hash', sampleInvoice(), { paymentHash: 'ab'.repeat(32) }, 'wrong-hash'],
  ])('%s', (_title, bolt11, expected, code) => {
    expect(check(bolt11, expected)).toBe(code);
  });
});
