/** The bank and its NWC service as a process that can be killed: `bank-process.ts <dir> <relay url>`. */
import { connectWallets } from '../../src/market/connections.ts';
import { openBank } from '../../src/regtest/index.ts';
import { createWorkerVerifier } from '../../src/relays/node.ts';
import { endOn, say } from './checkpoints.ts';

const [dir = '', relayUrl = ''] = process.argv.slice(2);
const verifier = createWorkerVerifier();
const bank = await openBank({
  dir: `${dir}/bank`,
  roles: ['provider', 'customer'],
  checkpointModule: new URL('./checkpoints.ts', import.meta.url),
});
const wallets = await connectWallets({ dir, bank, relayUrl, verifier });
endOn(async () => {
  await wallets.close();
  await bank.close();
  await verifier.close();
});
say({ t: 'ready', ...wallets.uris });
