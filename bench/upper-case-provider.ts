/**
 * Our provider as the peers of `peers.ts` have it, upper-casing text for nothing, with its books on disk:
 * `upper-case-provider.ts <dir>`, its kind in `KIND` and its relay in `RELAY_URL`.
 */
import { openAccount } from '../src/account/index.ts';
import { orThrow } from '../src/protocol/index.ts';
import { service, startProvider } from '../src/provider/index.ts';

const { KIND = '', RELAY_URL = '' } = process.env;
const account = orThrow(await openAccount({ dir: process.argv[2] ?? '', relayUrls: [RELAY_URL] }));
const provider = orThrow(
  await startProvider({
    ...account,
    services: [
      service({ kind: Number(KIND), concurrency: 64, handler: async ({ text }) => text.toUpperCase() }),
    ],
    limits: { requestsPerMinute: 1_000_000 },
  }),
);
process.once('SIGTERM', () => void provider.close().then(() => account.close()));
