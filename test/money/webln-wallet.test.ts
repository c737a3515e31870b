import { NostrWebLNProvider } from '@getalby/sdk/webln';
import { afterAll, beforeAll, vi } from 'vitest';
import { openWeblnWallet } from '../../src/money/index.ts';
import { orThrow } from '../../src/protocol/index.ts';
import { walletContract } from '../contracts/wallet.ts';
import { openNwcMarket } from '../fixtures/nwc-market.ts';
import { unixNow } from '../fixtures/nwc-stage.ts';

// The SDK prints each refusal and its view of NIP-04 besides telling its caller.
beforeAll(() => {
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
});
afterAll(() => vi.restoreAllMocks());

walletContract(
  'the WebLN provider most pages meet, over NWC to the play-money bank',
  async () => {
    const market = await openNwcMarket();
    const providers = await Promise.all(
      (['customer', 'provider'] as const).map(
        async (role) => new NostrWebLNProvider({ nostrWalletConnectUrl: await market.serve(role) }),
      ),
    );
    const [payer, payee] = providers.map((provider) =>
      orThrow(openWeblnWallet({ provider, network: 'regtest', now: unixNow })),
    );
    if (payer === undefined || payee === undefined) throw new Error('two providers make two wallets');
    return {
      payer,
      payee,
      holder: market.bankWallet('provider'),
      async close() {
        await payer.close();
        await payee.close();
        for (const provider of providers) provider.close();
        await market.close();
      },
    };
  },
  {
    lacks: ['hold', 'list', 'notifications', 'description-hash', 'expiry', 'msat', 'fees', 'history'],
    holder: true,
  },
);
