/**
 * The wallet service that is killed: `nwc-service-process.ts <connections> <relay>`, with the connection of the
 * wallet behind it in `WALLET_URI`. With `DIE_AT=reserved` it dies when its wallet is asked to pay, which is after
 * the budget was reserved and before anything was sent. Writes a line once it serves.
 */
import { openNwcWallet, serveNwc, type Wallet } from '../../src/money/index.ts';
import { openSqlNwcConnections } from '../../src/money/sql.ts';
import { orThrow } from '../../src/protocol/index.ts';
import { createInlineVerifier, createRelayPool } from '../../src/relays/index.ts';
import { unixNow } from '../fixtures/nwc-stage.ts';

const [path = '', relayUrl = ''] = process.argv.slice(2);
const relays = createRelayPool({ verifier: createInlineVerifier() });
const uri = process.env['WALLET_URI'] ?? '';
const wallet = orThrow(openNwcWallet({ uri, relays, now: unixNow }));
const dying: Wallet = {
  ...wallet,
  pay: () => {
    process.kill(process.pid, 'SIGKILL');
    return new Promise(() => undefined);
  },
};
await serveNwc({
  wallet: process.env['DIE_AT'] === 'reserved' ? dying : wallet,
  relays,
  relayUrls: [relayUrl],
  connections: openSqlNwcConnections({ path }),
  now: unixNow,
});
process.stdout.write('serving\n');
