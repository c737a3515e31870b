/** One of several providers with one key on one database: `provider-process.ts <dir> <relay url>`; the rest is secret and in the environment. */
import { hexToBytes } from '@noble/hashes/utils.js';
import { openAccount } from '../../src/account/index.ts';
import type { ExchangeMode } from '../../src/protocol/index.ts';
import { orThrow } from '../../src/protocol/index.ts';
import { service, startProvider, type JobHandler } from '../../src/provider/index.ts';
import { endOn, say } from '../crash/checkpoints.ts';
import { LIMITS, PRICE_SATS, SOLD } from './sold.ts';

const [dir = '', relayUrl = ''] = process.argv.slice(2);
const account = orThrow(
  await openAccount({
    dir,
    relayUrls: [relayUrl],
    databaseUrl: process.env['COINOP_DATABASE_URL'],
    walletUri: process.env['NWC_URL'],
    secretKey: hexToBytes(process.env['SECRET_KEY'] ?? ''),
  }),
);

/** Says what it works on, so that it can be stopped in the middle; one that dawdles waits to be told to go on. */
const handler: JobHandler = async ({ text, idempotencyKey }) => {
  say({ t: 'working', requestId: idempotencyKey });
  if (process.env['COINOP_DAWDLES'] !== undefined)
    await new Promise((resolve) => process.once('SIGUSR2', resolve));
  say({ t: 'worked', requestId: idempotencyKey });
  return `done ${text}`;
};

const provider = orThrow(
  await startProvider({
    ...account,
    services: Object.entries(SOLD).map(([exchange, kind]) =>
      service({
        kind,
        handler,
        concurrency: 8,
        worstSeconds: 500,
        priceSats: exchange === 'free' ? 0 : PRICE_SATS,
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of SOLD are modes
        ...(exchange === 'free' ? {} : { exchanges: [exchange as ExchangeMode] }),
      }),
    ),
    limits: LIMITS,
    onTrouble: (trouble, sale) => say({ t: 'trouble', ...trouble, requestId: sale?.requestId }),
  }),
);
endOn(async () => {
  await provider.close();
  await account.close();
});
say({ t: 'ready' });
