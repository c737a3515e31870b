/** A provider as a process that can be killed: `provider-process.ts <dir> <relay url>`, its wallet in `NWC_URL`. */
import { randomBytes } from 'node:crypto';
import { EXCHANGE_MODES, orThrow, satsToMsat } from '../../src/protocol/index.ts';
import { JobFailure, service, startProvider } from '../../src/provider/index.ts';
import type { Sale } from '../../src/ledger/index.ts';
import { checkpoint, endOn, hearCrashAt, say } from './checkpoints.ts';
import { openOwnAccount } from './own-account.ts';

const [dir = '', relayUrl = ''] = process.argv.slice(2);
const account = await openOwnAccount(dir, relayUrl, checkpoint);
const tell = (sale: Sale) =>
  say({ t: 'sale', requestId: sale.requestId, work: sale.work, money: sale.money });
const provider = orThrow(
  await startProvider({
    ...account,
    trust: () => ({ workUnpaidUpToMsat: satsToMsat(999), deliverUnpaidUpToMsat: satsToMsat(999) }),
    services: [
      service({
        kind: 5050,
        priceSats: Number(process.env['COINOP_PRICE_SATS']),
        exchanges: EXCHANGE_MODES.filter((mode) => mode === process.env['COINOP_EXCHANGE']),
        handler: async ({ inputs }) => {
          if (/^(failed|refunded)/.test(inputs[0]?.text ?? ''))
            throw new JobFailure('told-to-fail', 'The job asked for it.');
          // Never the same twice: work that is done again cannot be mistaken for work that was kept.
          if (inputs[0]?.text.startsWith('file') === true)
            return { file: { bytes: new Uint8Array(randomBytes(50_000)), mediaType: 'image/png' } };
          return `done ${inputs[0]?.text}`;
        },
      }),
    ],
    limits: {
      leaseSeconds: 2,
      sweepSeconds: 1,
      attempts: 20,
      offerSeconds: Number(process.env['COINOP_OFFER_SECONDS']),
    },
    onChange: tell,
    onTrouble: (trouble) => say({ t: 'trouble', ...trouble }),
    checkpoint,
  }),
);
for (const sale of await account.ledger.sales.listRecent({ limit: 1000 })) tell(sale);
endOn(async () => {
  await provider.close();
  await account.close();
});
hearCrashAt();
say({ t: 'ready', pubkey: provider.pubkey });
