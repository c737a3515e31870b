import { unixNow } from '../../src/clock/index.ts';
import { createGuardedFetch } from '../../src/http/node.ts';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import type { Sale } from '../../src/ledger/index.ts';
import { openSqlLedger } from '../../src/ledger/sql.ts';
import { openNwcWallet, type PaymentRecord } from '../../src/money/index.ts';
import { orThrow, type Failure } from '../../src/protocol/index.ts';
import { startProvider, type Service } from '../../src/provider/index.ts';
import { createInlineVerifier, createRelayPool } from '../../src/relays/index.ts';
import { NodeWebSocket } from '../../src/relays/node.ts';
import { expect } from 'vitest';
import { PATIENCE_MS, type WebStage } from './stage.ts';

/** Somebody who sells on the market of a stage, with a key, books and a play wallet of its own. */
export interface Vendor {
  readonly pubkey: string;
  /** Complaints, and whatever else it was told of. */
  readonly troubles: readonly Failure[];
  /** The latest sale, once it fits. */
  sale(fits: (sale: Sale) => boolean): Promise<Sale>;
  /** What was paid to it for good. */
  earned(): Promise<readonly PaymentRecord[]>;
  close(): Promise<void>;
}

/** Opens one; without `opensFiles` it fetches no URLs, and so opens no encrypted files. */
export async function openVendor(
  stage: Pick<WebStage, 'url' | 'market'>,
  services: readonly Service[],
  { opensFiles = true }: { readonly opensFiles?: boolean } = {},
): Promise<Vendor> {
  const relays = createRelayPool({ verifier: createInlineVerifier(), WebSocket: NodeWebSocket });
  const headers = { origin: stage.url };
  const given = await fetch(`${stage.url}/play-wallet`, { method: 'POST', headers });
  const { uri } = (await given.json()) as { readonly uri: string };
  const wallet = orThrow(openNwcWallet({ uri, relays, now: unixNow }));
  const ledger = openSqlLedger({ path: ':memory:', now: unixNow });
  const signer = secretKeySigner(generateSecretKey());
  const sales = new Map<string, Sale>();
  const troubles: Failure[] = [];
  const fetchInput = createGuardedFetch({ allowHosts: [stage.market.host], timeoutMs: PATIENCE_MS });
  const provider = orThrow(
    await startProvider({
      signer,
      ledger,
      wallet,
      relays,
      relayUrls: [stage.market.relayUrl],
      services,
      ...(opensFiles ? { fetchInput } : {}),
      onChange: (sale) => {
        sales.delete(sale.requestId);
        sales.set(sale.requestId, sale);
      },
      onTrouble: (trouble) => troubles.push(trouble),
    }),
  );
  return {
    pubkey: signer.pubkey,
    troubles,
    async sale(fits) {
      const found = () => [...sales.values()].findLast(fits);
      await expect.poll(found, { timeout: PATIENCE_MS, interval: 50 }).toBeDefined();
      const sale = found();
      if (sale === undefined) throw new Error('The sale has moved on.');
      return sale;
    },
    async earned() {
      const listed = orThrow(await wallet.list({ direction: 'incoming', limit: 100 }));
      return listed.filter(({ state }) => state === 'settled');
    },
    async close() {
      await provider.close({ graceMs: 0 });
      await wallet.close();
      await relays.close();
      await ledger.close();
    },
  };
}
