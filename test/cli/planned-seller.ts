import { unixNow } from '../../src/clock/index.ts';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import { openSqlLedger } from '../../src/ledger/sql.ts';
import { openNwcWallet } from '../../src/money/index.ts';
import { orThrow, satsToMsat, type JobPlan } from '../../src/protocol/index.ts';
import { service, startProvider } from '../../src/provider/index.ts';
import { createInlineVerifier, createRelayPool } from '../../src/relays/index.ts';
import { NodeWebSocket } from '../../src/relays/node.ts';

/** What the first offer costs, and what it promises besides. */
export const FIRST_SATS = 20;
const PLAN: JobPlan = {
  title: 'A sketch',
  milestones: [{ amountMsat: satsToMsat(30), title: 'The drawing' }],
  revisions: 1,
};
/** Nobody else on the market sells it. */
export const DRAWING = 5871;

/** Draws in steps, on the market at this address, whose play money it takes in advance. */
export async function openPlannedSeller(httpUrl: string) {
  const relays = createRelayPool({ verifier: createInlineVerifier(), WebSocket: NodeWebSocket });
  const given = await fetch(`${httpUrl}/play-wallet`, { method: 'POST', headers: { origin: httpUrl } });
  const { uri } = (await given.json()) as { readonly uri: string };
  const wallet = orThrow(openNwcWallet({ uri, relays, now: unixNow }));
  const ledger = openSqlLedger({ path: ':memory:', now: unixNow });
  const signer = secretKeySigner(generateSecretKey());
  const provider = orThrow(
    await startProvider({
      signer,
      ledger,
      wallet,
      relays,
      relayUrls: [httpUrl.replace('http', 'ws')],
      services: [
        service({
          kind: DRAWING,
          name: 'Draws in steps',
          quotedByHand: true,
          exchanges: ['prepay'],
          handler: async ({ inputs }) => `drawn: ${inputs.map(({ text }) => text).join(' + ')}`,
        }),
      ],
      onChange: ({ requestId, work }) => {
        if (work !== 'received') return;
        const terms = { amountMsat: satsToMsat(FIRST_SATS), usualSeconds: 1, worstSeconds: 60, note: null };
        void provider.byHand.offer(requestId, { ...terms, plan: PLAN });
      },
    }),
  );
  return {
    pubkey: signer.pubkey,
    async close() {
      await provider.close({ graceMs: 0 });
      await wallet.close();
      await relays.close();
      await ledger.close();
    },
  };
}
