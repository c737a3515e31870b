/**
 * A provider that can be killed while its handler buys data: `job-process.ts <dir> <relay url> <url to buy>`, its
 * wallet in `NWC_URL`. Dies where `COINOP_CRASH_AT` says.
 */
import { openAccount } from '../../src/account/index.ts';
import { orThrow, satsToMsat } from '../../src/protocol/index.ts';
import { JobFailure, service, startProvider } from '../../src/provider/index.ts';
import { checkpoint, endOn, say } from '../crash/checkpoints.ts';

const [dir = '', relayUrl = '', dataUrl = ''] = process.argv.slice(2);
const account = orThrow(
  await openAccount({
    dir,
    relayUrls: [relayUrl],
    walletUri: process.env['NWC_URL'],
    allowHosts: [new URL(dataUrl).host],
    checkpoint,
  }),
);
const provider = orThrow(
  await startProvider({
    ...account,
    services: [
      service({
        kind: 5750,
        // One payment and its fee limit: a second one would not fit.
        spendUpToMsat: satsToMsat(26),
        handler: async ({ fetchPaid }) => {
          const answer = await fetchPaid(dataUrl);
          if (!answer.ok) throw new JobFailure(answer.failure.code, answer.failure.message);
          return new TextDecoder().decode(answer.value.body);
        },
      }),
    ],
    limits: { leaseSeconds: 2, sweepSeconds: 1, attempts: 20 },
    onTrouble: (trouble) => say({ t: 'trouble', ...trouble }),
    checkpoint,
  }),
);
endOn(async () => {
  await provider.close();
  await account.close();
});
say({ t: 'ready', pubkey: provider.pubkey });
