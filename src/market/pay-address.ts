import { join } from 'node:path';
import type { Account } from '../account/index.ts';
import type { Wallet } from '../money/index.ts';
import { satsToMsat, type EventCheck, type Failure } from '../protocol/index.ts';
import { createPayServer, followZaps } from '../zaps/index.ts';
import { openSqlZapRecords } from '../zaps/sql.ts';

/** A lightning address that is served. */
export interface PayAddress {
  /** Such as `services@127.0.0.1:7777`. */
  readonly lud16: string;
  /** The answer to a request below `/.well-known/`; `null` where it is for something else. */
  readonly handle: (request: Request) => Promise<Response | null>;
  close(): Promise<void>;
}

/** Who is paid before the `@`. */
const NAME = 'services';

/**
 * Serves the lightning address of an account with its own wallet: LNURL-pay (LUD-16) with zaps (NIP-57), whose
 * receipts survive a crash, and the key behind the name (NIP-05), so that the address alone can be zapped.
 */
export function servePayAddress(options: {
  readonly account: Account;
  readonly wallet: Wallet;
  /** Holds the zaps that wait for their receipt. */
  readonly dir: string;
  /** `host:port` of market and relay. */
  readonly host: string;
  readonly verify: EventCheck;
  readonly onTrouble: (trouble: Failure) => void;
}): PayAddress {
  const { account, wallet, dir, host, verify, onTrouble } = options;
  const { signer, relays, relayUrls, now } = account;
  const records = openSqlZapRecords({ path: join(dir, 'zaps.sqlite') });
  const closing = new AbortController();
  const server = createPayServer({
    origin: `http://${host}`,
    recipientOf: (name) =>
      name === NAME ? { pubkey: signer.pubkey, description: 'The services of this market' } : null,
    wallet,
    network: 'regtest',
    receiptPubkey: signer.pubkey,
    records,
    verify,
    minMsat: satsToMsat(1),
    maxMsat: satsToMsat(100_000),
    relays: relayUrls,
    allowRelayHosts: [host],
    now,
  });
  const following = followZaps({
    records,
    wallet,
    signer,
    relays,
    onTrouble: (error) =>
      onTrouble({
        code: 'zap-receipt-delayed',
        message: `The receipt of a zap is tried again: ${error instanceof Error ? error.message : String(error)}`,
      }),
    now,
    signal: closing.signal,
  });

  return {
    lud16: `${NAME}@${host}`,
    handle: async (request) => nameResponse(request, signer.pubkey) ?? server.handle(request),
    async close() {
      closing.abort();
      await following;
      await records.close();
    },
  };
}

/** NIP-05: which key has the name; any web page may ask. */
function nameResponse(request: Request, pubkey: string): Response | null {
  const { pathname, searchParams } = new URL(request.url);
  if (pathname !== '/.well-known/nostr.json') return null;
  const names = searchParams.get('name') === NAME ? { [NAME]: pubkey } : {};
  return Response.json({ names }, { headers: { 'access-control-allow-origin': '*' } });
}
