/** A provider that strangers mean harm: `hostile-process.ts <dir> <relay url> <host of traps>`, its wallet in `NWC_URL`. */
import { openAccount } from '../src/account/index.ts';
import { createGuardedFetch } from '../src/http/node.ts';
import { orThrow, satsToMsat } from '../src/protocol/index.ts';
import { service, startProvider } from '../src/provider/index.ts';
import { textExtractionService } from '../src/services/text-extraction.ts';
import { serveParent } from './parent.ts';
import { RESULT_TEXT } from './signed-jobs.ts';

/** Who sells what: for nothing, and for a hold. */
export interface FloodedFacts {
  readonly providerPubkey: string;
  readonly freeKind: number;
  readonly pricedKind: number;
  /** For nothing, from the address of a text. */
  readonly fetchedKind: number;
  /** For nothing, the text of a document. */
  readonly documentKind: number;
}

const [dir = '', relayUrl = '', trapHost = ''] = process.argv.slice(2);
const [freeKind, pricedKind, fetchedKind, documentKind] = [5050, 5750, 5751, 5000];
const account = orThrow(await openAccount({ dir, relayUrls: [relayUrl], walletUri: process.env['NWC_URL'] }));
const troubles = new Map<string, number>();
const handler = () => Promise.resolve(RESULT_TEXT);
const provider = orThrow(
  await startProvider({
    ...account,
    services: [
      service({ kind: freeKind, concurrency: 16, handler }),
      service({ kind: pricedKind, priceSats: 7, exchanges: ['hold'], handler }),
      service({ kind: fetchedKind, handler }),
      { ...textExtractionService(), priceMsat: satsToMsat(0) },
    ],
    fetchInput: createGuardedFetch({ allowHosts: [trapHost] }),
    onTrouble: ({ code }) => troubles.set(code, (troubles.get(code) ?? 0) + 1),
  }),
);

serveParent({
  facts: {
    providerPubkey: provider.pubkey,
    freeKind,
    pricedKind,
    fetchedKind,
    documentKind,
  } satisfies FloodedFacts,
  commands: {
    memoryMiB: () => process.memoryUsage.rss() / 2 ** 20,
    troubles: () => Object.fromEntries(troubles),
  },
  close: async () => {
    await provider.close({ graceMs: 0 });
    await account.close();
  },
});
