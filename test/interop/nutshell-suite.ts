import { openTestWallet } from '../ecash/stage.ts';
import { ecashSuite } from '../ecash/suite.ts';

const mintUrl = process.env['COINOP_NUTSHELL_URL'];
if (mintUrl === undefined) throw new Error('run this with test/interop/nutshell.ts');

/** Its fake Lightning makes invoices of the main network, pays them itself, and knows no preimages. */
ecashSuite(
  'nutshell',
  () =>
    Promise.resolve({
      mintUrl,
      openWallet: (options = {}) => openTestWallet({ mintUrls: [mintUrl], network: 'bitcoin', ...options }),
      makeInvoice: null,
      close: () => Promise.resolve(),
    }),
  120_000,
);
