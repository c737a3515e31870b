import { once } from 'node:events';
import { serve } from '@hono/node-server';
import type { Account } from '../src/account/index.ts';
import { satsToMsat, verifyEvent } from '../src/protocol/index.ts';
import { createPayServer, followZaps } from '../src/zaps/index.ts';
import { openSqlZapRecords } from '../src/zaps/sql.ts';

/** The lightning address of a provider, served by itself. */
export interface BenchPayServer {
  readonly lud16: string;
  /** `host:port`. */
  readonly host: string;
  close(): Promise<void>;
}

/** Serves LNURL-pay with zaps (NIP-57) for the account's wallet on a free port, its receipts on the one relay. */
export async function openPayServer(account: Account, relayUrl: string): Promise<BenchPayServer> {
  const { wallet, signer, relays, now } = account;
  if (wallet === null) throw new Error('zaps need a wallet');
  const records = openSqlZapRecords({ path: `${account.dir}/zaps.sqlite` });
  const server = serve({
    fetch: async (request) => (await pay.handle(request)) ?? new Response(null, { status: 404 }),
    hostname: '127.0.0.1',
    port: 0,
  });
  if (!server.listening) await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on a port');
  const host = `127.0.0.1:${address.port}`;
  const pay = createPayServer({
    origin: `http://${host}`,
    recipientOf: (name) => (name === 'bench' ? { pubkey: signer.pubkey, description: 'jobs' } : null),
    wallet,
    network: 'regtest',
    receiptPubkey: signer.pubkey,
    records,
    verify: verifyEvent,
    minMsat: satsToMsat(1),
    maxMsat: satsToMsat(1_000),
    relays: [relayUrl],
    allowRelayHosts: [new URL(relayUrl).host],
    invoicesPerMinute: 1_000_000,
    now,
  });
  const closing = new AbortController();
  const following = followZaps({ records, wallet, signer, relays, now, signal: closing.signal });
  return {
    lud16: `bench@${host}`,
    host,
    async close() {
      closing.abort();
      await following;
      if ('closeAllConnections' in server) server.closeAllConnections();
      server.close();
      await records.close();
    },
  };
}
