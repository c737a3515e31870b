import { openLnbitsWallet } from '../../src/money/index.ts';
import { orThrow, type LightningNetwork } from '../../src/protocol/index.ts';
import { walletContract } from '../contracts/wallet.ts';
import { openBankStage } from '../fixtures/bank-stage.ts';
import { serveLnbits } from '../fixtures/lnbits-server.ts';
import { unixNow } from '../fixtures/nwc-stage.ts';

walletContract(
  'a wallet of LNbits’ API in front of the play-money bank',
  async () => {
    const { bank, close } = await openBankStage();
    const servers = await Promise.all([
      serveLnbits(bank.wallet('customer')),
      serveLnbits(bank.wallet('provider')),
    ]);
    const [payer, payee] = servers.map((server) =>
      orThrow(openLnbitsWallet({ ...server, network: 'regtest', now: unixNow })),
    );
    if (payer === undefined || payee === undefined) throw new Error('two servers make two wallets');
    return {
      payer,
      payee,
      holder: bank.wallet('provider'),
      async close() {
        await payer.close();
        await payee.close();
        for (const server of servers) await server.close();
        await close();
      },
    };
  },
  { lacks: ['hold', 'msat'], holder: true },
);

/** Two funded wallets of one server: `COINOP_TEST_LNBITS_KEY` pays, `COINOP_TEST_LNBITS_PAYEE_KEY` is paid. */
const { env } = process;
const [url, payerKey, payeeKey] = ['URL', 'KEY', 'PAYEE_KEY'].map(
  (name) => env[`COINOP_TEST_LNBITS_${name}`],
);
if (url !== undefined && payerKey !== undefined && payeeKey !== undefined) {
  const network = (env['COINOP_TEST_LNBITS_NETWORK'] ?? 'regtest') as LightningNetwork;
  walletContract(
    'a wallet of a real LNbits server',
    async () => {
      const [payer, payee] = [payerKey, payeeKey].map((apiKey) =>
        orThrow(openLnbitsWallet({ url, apiKey, network, now: unixNow })),
      );
      if (payer === undefined || payee === undefined) throw new Error('two keys make two wallets');
      return {
        payer,
        payee,
        async close() {
          await payer.close();
          await payee.close();
        },
      };
    },
    { network, lacks: ['hold', 'msat'] },
  );
}
