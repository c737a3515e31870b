/**
 * The bank, its mint, a wallet service for each role, and the lightning address of the provider: `bank-process.ts <dir>
 * <relay url>`. The connections are made by the parent, so that they outlive this process, and are in `CONNECTIONS`.
 */
import { hexToBytes } from '@noble/hashes/utils.js';
import { unixNow } from '../../src/clock/index.ts';
import { fastSecretKeySigner } from '../../src/keys/node.ts';
import { memoryNwcConnections, serveNwc, type NwcGrant } from '../../src/money/index.ts';
import { openBank, openMint } from '../../src/regtest/index.ts';
import { createRelayPool } from '../../src/relays/index.ts';
import { createWorkerVerifier, NodeWebSocket } from '../../src/relays/node.ts';
import { endOn, say } from '../crash/checkpoints.ts';
import { servePayAddress } from './pay-address.ts';

/** Role → the connection to its wallet. */
type Connections = Readonly<
  Record<string, Pick<NwcGrant, 'clientPubkey' | 'methods'> & { readonly serviceSecretKey: string }>
>;

const [dir = '', relayUrl = ''] = process.argv.slice(2);
const connections = JSON.parse(process.env['CONNECTIONS'] ?? '') as Connections;
const verifier = createWorkerVerifier({ workers: 1 });
const relays = createRelayPool({ verifier, WebSocket: NodeWebSocket });
const bank = await openBank({ dir: `${dir}/bank`, roles: Object.keys(connections) });
const services = await Promise.all(
  Object.entries(connections).map(([role, { clientPubkey, methods, serviceSecretKey }]) =>
    serveNwc({
      wallet: bank.wallet(role),
      relays,
      relayUrls: [relayUrl],
      connections: memoryNwcConnections([
        {
          name: role,
          clientPubkey,
          serviceSecretKey: hexToBytes(serviceSecretKey),
          ...(methods === undefined ? {} : { methods }),
          scope: 'whole-wallet',
          createdAt: unixNow(),
        },
      ]),
      now: unixNow,
      signerOf: fastSecretKeySigner,
    }),
  ),
);
const mint = await openMint({ dir: `${dir}/mint`, wallet: bank.wallet('mint') });
const payAddress = await servePayAddress({
  dir,
  origin: process.env['PAY_ORIGIN'] ?? '',
  providerPubkey: process.env['PROVIDER_PUBKEY'] ?? '',
  wallet: bank.wallet('provider'),
  relays,
  relayUrl,
});
endOn(async () => {
  await payAddress.close();
  await mint.close();
  await Promise.all(services.map((service) => service.close()));
  await relays.close();
  await bank.close();
  await verifier.close();
});
say({ t: 'ready', mintPort: Number(new URL(mint.url).port), payPort: payAddress.port });
