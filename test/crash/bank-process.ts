/**
 * The bank and its NWC service as a process that can be killed: `bank-process.ts <dir> <relay url>`; with a mint
 * where `COINOP_MINT` is set.
 */
import { connectWallets } from '../../src/market/connections.ts';
import { openBank, openMint } from '../../src/regtest/index.ts';
import { createWorkerVerifier } from '../../src/relays/node.ts';
import { endOn, say } from './checkpoints.ts';

const [dir = '', relayUrl = ''] = process.argv.slice(2);
const verifier = createWorkerVerifier();
const bank = await openBank({
  dir: `${dir}/bank`,
  roles: ['provider', 'customer', 'mint'],
  checkpointModule: new URL('./checkpoints.ts', import.meta.url),
});
const wallets = await connectWallets({ dir, bank, relayUrl, verifier });
const mint =
  process.env['COINOP_MINT'] === 'yes'
    ? await openMint({ dir: `${dir}/mint`, wallet: bank.wallet('mint') })
    : null;
endOn(async () => {
  await mint?.close();
  await wallets.close();
  await bank.close();
  await verifier.close();
});
say({ t: 'ready', ...wallets.uris, mintUrl: mint?.url });
