import { walletContract } from '../contracts/wallet.ts';
import { openBankStage } from '../fixtures/bank-stage.ts';

walletContract('a wallet of the play-money bank', async () => {
  const { bank, close } = await openBankStage();
  return { payer: bank.wallet('customer'), payee: bank.wallet('provider'), close };
});
