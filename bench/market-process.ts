/** Our relay, the play-money bank with its NWC service, and its mint: `market-process.ts <dir>`. */
import { join } from 'node:path';
import { connectWallets, WALLET_ROLES } from '../src/market/connections.ts';
import { orThrow } from '../src/protocol/index.ts';
import { openBank, openMint } from '../src/regtest/index.ts';
import { startRelayServer } from '../src/relay-server/index.ts';
import { createWorkerVerifier } from '../src/relays/node.ts';
import { serveParent } from './parent.ts';

/** One load generator stands for many customers, so the limits per connection are lifted. */
const UNLIMITED = { eventsPerSecond: 1_000_000, eventBurst: 1_000_000 };

/** Where the market is reached; the wallet connections hold secrets of this run. */
export interface MarketFacts {
  readonly relayUrl: string;
  readonly mintUrl: string;
  readonly walletUris: Readonly<Record<(typeof WALLET_ROLES)[number], string>>;
}

const [dir = ''] = process.argv.slice(2);
const verifier = createWorkerVerifier();
const relay = orThrow(
  await startRelayServer({
    databasePath: join(dir, 'relay.sqlite'),
    verify: (event) => verifier.verify(event),
    limits: UNLIMITED,
  }),
);
const bank = await openBank({ dir: join(dir, 'bank'), roles: [...WALLET_ROLES, 'mint'] });
const mint = await openMint({ dir, wallet: bank.wallet('mint') });
const wallets = await connectWallets({ dir, bank, relayUrl: relay.url, verifier });

serveParent({
  facts: { relayUrl: relay.url, mintUrl: mint.url, walletUris: wallets.uris } satisfies MarketFacts,
  commands: { acceptedEvents: () => relay.stats().accepted },
  close: async () => {
    await wallets.close();
    await mint.close();
    await bank.close();
    await relay.close();
    await verifier.close();
  },
});
