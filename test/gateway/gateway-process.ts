/**
 * A gateway that can be killed: `gateway-process.ts <dir> <relay url> <port>`, its wallet in `NWC_URL`. Dies where
 * `COINOP_CRASH_AT` says.
 */
import { join } from 'node:path';
import { openAccount } from '../../src/account/index.ts';
import { createCustomer, DEFAULT_POLICY } from '../../src/customer/index.ts';
import { listenForClients, openGateway } from '../../src/gateway/index.ts';
import { openSqlGatewayJobs } from '../../src/gateway/sql.ts';
import { orThrow, satsToMsat } from '../../src/protocol/index.ts';
import { checkpoint, endOn, say } from '../crash/checkpoints.ts';

const [dir = '', relayUrl = '', port = ''] = process.argv.slice(2);
const account = orThrow(
  await openAccount({ dir, relayUrls: [relayUrl], walletUri: process.env['NWC_URL'], checkpoint }),
);
const { wallet } = account;
if (wallet === null) throw new Error('NWC_URL names no wallet.');
const jobs = openSqlGatewayJobs({ path: join(dir, 'gateway.sqlite') });
const customer = createCustomer({
  ...account,
  caps: { perJobMsat: satsToMsat(10_000) },
  policy: { ...DEFAULT_POLICY, offerWaitMs: 100 },
  checkpoint,
});
const gateway = orThrow(
  await openGateway({
    customer,
    spending: account.ledger.spending,
    wallet,
    jobs,
    kinds: [5050, 5750, 5751],
    limits: { offerSeconds: 4 },
    margin: { percent: 0, minimumMsat: satsToMsat(5) },
    maxPriceMsat: satsToMsat(1_000),
    now: account.now,
    onTrouble: (trouble) => say({ t: 'trouble', ...trouble }),
    checkpoint,
    lookEveryMs: 500,
  }),
);
const server = orThrow(
  await listenForClients(gateway, { host: '127.0.0.1', port: Number(port), trustProxy: false }),
);
endOn(async () => {
  await gateway.close();
  await server.close();
  await customer.close();
  await jobs.close();
  await account.close();
});
say({ t: 'ready' });
