import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { EcashWalletOptions } from '../../src/ecash/index.ts';
import { msat, success } from '../../src/protocol/index.ts';
import { openTestWallet, unixNow } from '../ecash/stage.ts';
import { ecashSuite } from '../ecash/suite.ts';
import { sampleInvoice } from '../fixtures/signed-invoice.ts';

const mintUrl = process.env['COINOP_NUTSHELL_URL'];
if (mintUrl === undefined) throw new Error('run this with test/interop/nutshell.ts');

/** The mint pays its invoices itself: nobody else has ever heard of them. */
const NO_NETWORK: NonNullable<EcashWalletOptions['lightning']> = {
  pay: async () => success({ preimage: '00'.repeat(32), feePaidMsat: msat(0n) }),
  lookup: async () => success(null),
  list: async () => success([]),
};

/**
 * Its fake Lightning makes invoices of the main network and pays them itself. As preimage of what it pays for others
 * it shows 32 zero bytes, so that is what our invoice is for.
 */
ecashSuite(
  'nutshell',
  () =>
    Promise.resolve({
      mintUrl,
      openWallet: (options = {}) =>
        openTestWallet({ mintUrls: [mintUrl], network: 'bitcoin', lightning: NO_NETWORK, ...options }),
      makeInvoice: (amountSat) => {
        if (amountSat !== 100) throw new RangeError('this invoice is for 100 sat');
        const paymentHash = bytesToHex(sha256(new Uint8Array(32)));
        const invoice = { prefix: 'lnbc1u', createdAt: unixNow(), expirySeconds: 600, paymentHash };
        return Promise.resolve(sampleInvoice(invoice));
      },
      close: () => Promise.resolve(),
    }),
  120_000,
);
