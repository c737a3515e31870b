import { join } from 'node:path';
import { unixNow } from '../../src/clock/index.ts';
import { fastSecretKeySigner, loadOrCreateKeyFile } from '../../src/keys/node.ts';
import type { Wallet } from '../../src/money/index.ts';
import { orThrow, satsToMsat, verifyEvent } from '../../src/protocol/index.ts';
import type { RelayPool } from '../../src/relays/index.ts';
import { createPayServer, followZaps } from '../../src/zaps/index.ts';
import { openSqlZapRecords } from '../../src/zaps/sql.ts';
import { openHttpStage } from '../fixtures/http-stage.ts';
import { say } from '../crash/checkpoints.ts';

/** What goes before the `@`. */
export const PAY_NAME = 'provider';

/** Receipts that a relay did not take, or the wallet was not asked for, are looked at again after this. */
const LOOK_EVERY_MS = 1000;

/** Serves the lightning address of a provider with its wallet, in the process of the bank, and dies with it. */
export async function servePayAddress(told: {
  readonly dir: string;
  /** Where it is reached, whatever port this life has. */
  readonly origin: string;
  readonly providerPubkey: string;
  readonly wallet: Wallet;
  readonly relays: RelayPool;
  readonly relayUrl: string;
}): Promise<{ readonly port: number; close(): Promise<void> }> {
  const { dir, origin, providerPubkey, wallet, relays, relayUrl } = told;
  const { secretKey } = orThrow(await loadOrCreateKeyFile(join(dir, 'receipts')));
  const signer = fastSecretKeySigner(secretKey);
  const records = openSqlZapRecords({ path: join(dir, 'zaps.sqlite') });
  const server = createPayServer({
    origin,
    recipientOf: (name) => (name === PAY_NAME ? { pubkey: providerPubkey, description: 'jobs' } : null),
    wallet,
    network: 'regtest',
    receiptPubkey: signer.pubkey,
    records,
    verify: verifyEvent,
    minMsat: satsToMsat(1),
    maxMsat: satsToMsat(1000),
    relays: [relayUrl],
    now: unixNow,
  });
  const closing = new AbortController();
  const following = followZaps({
    records,
    wallet,
    signer,
    relays,
    lookEveryMs: LOOK_EVERY_MS,
    onTrouble: () => say({ t: 'trouble', code: 'zap-receipt-delayed' }),
    now: unixNow,
    signal: closing.signal,
  });
  const http = await openHttpStage(
    async (request) => (await server.handle(request)) ?? new Response(null, { status: 404 }),
  );
  return {
    port: Number(new URL(http.origin).port),
    async close() {
      await http.close();
      closing.abort();
      await following;
      await records.close();
    },
  };
}
