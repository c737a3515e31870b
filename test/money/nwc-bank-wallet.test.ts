import { walletContract } from '../contracts/wallet.ts';
import { openNwcMarket } from '../fixtures/nwc-market.ts';

walletContract('a wallet of the play-money bank over NWC', async () => {
  const market = await openNwcMarket();
  const payer = market.openWallet(await market.serve('customer'));
  const payee = market.openWallet(await market.serve('provider'));
  return {
    payer,
    payee,
    async close() {
      await payer.close();
      await payee.close();
      await market.close();
    },
  };
});
