import { readFileSync } from 'node:fs';
import { openLndWallet, type Wallet } from '../../src/money/index.ts';
import { fetchTrusting } from '../../src/money/node.ts';
import { orThrow } from '../../src/protocol/index.ts';
import { walletContract } from '../contracts/wallet.ts';
import { openBankStage } from '../fixtures/bank-stage.ts';
import { serveLnd } from '../fixtures/lnd-server.ts';
import { unixNow } from '../fixtures/nwc-stage.ts';

walletContract('a wallet of LND’s API in front of the play-money bank', async () => {
  const { bank, close } = await openBankStage();
  const servers = await Promise.all([serveLnd(bank.wallet('customer')), serveLnd(bank.wallet('provider'))]);
  const [payer, payee] = servers.map((server) => orThrow(openLndWallet({ ...server, now: unixNow })));
  if (payer === undefined || payee === undefined) throw new Error('two servers make two wallets');
  return {
    payer,
    payee,
    async close() {
      await payer.close();
      await payee.close();
      for (const server of servers) await server.close();
      await close();
    },
  };
});

/** Two funded regtest nodes with a channel: `COINOP_TEST_LND_*` pays, `COINOP_TEST_LND_PAYEE_*` is paid. */
const { env } = process;
const [payerUrl, payeeUrl] = [env['COINOP_TEST_LND_URL'], env['COINOP_TEST_LND_PAYEE_URL']];
if (payerUrl !== undefined && payeeUrl !== undefined)
  walletContract('a wallet of a real LND node', async () => {
    const payer = openNode(payerUrl, 'COINOP_TEST_LND');
    const payee = openNode(payeeUrl, 'COINOP_TEST_LND_PAYEE');
    return {
      payer,
      payee,
      async close() {
        await payer.close();
        await payee.close();
      },
    };
  });

/** Opens the node whose macaroon and certificate are in the files that `<prefix>_MACAROON` and `<prefix>_CERT` name. */
function openNode(url: string, prefix: string): Wallet {
  const macaroonHex = readFileSync(env[`${prefix}_MACAROON`] ?? '').toString('hex');
  const certificate = env[`${prefix}_CERT`];
  const trusting =
    certificate === undefined ? {} : { fetch: fetchTrusting(readFileSync(certificate, 'utf8')) };
  return orThrow(openLndWallet({ url, macaroonHex, now: unixNow, ...trusting }));
}
