import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { unixNow } from '../../clock/index.ts';
import type { Wallet } from '../../money/index.ts';
import { openSqlite } from '../../store/index.ts';
import { MintKeysets } from './keysets.ts';
import { MeltQuotes } from './melt-quotes.ts';
import { MintQuotes } from './mint-quotes.ts';
import { mintRoutes } from './routes.ts';
import { MINT_MIGRATIONS } from './schema.ts';

const FILE_NAME = 'mint.sqlite';

/** What a play-money mint is opened with. */
export interface MintOptions {
  /** Directory of the mint's file; made, readable only by its owner, when missing. */
  readonly dir: string;
  /** Holds the money behind the ecash. Must be a play-money wallet. Stays open when the mint closes. */
  readonly wallet: Wallet;
  /** Fee for each input in thousandths of a sat, for the first keyset; 0 unless told. */
  readonly inputFeePpk?: number;
  /** Port on 127.0.0.1; any free one (0) unless told. */
  readonly port?: number;
  /** Unix seconds; the machine's clock unless told. */
  readonly now?: () => number;
}

/** A running play-money mint. */
export interface Mint {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  /** Retires the keyset in use for a new one with that fee. */
  rotateKeyset(inputFeePpk: number): Promise<void>;
  /** Ends requests, port and file. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts a Cashu mint for play money over a Lightning wallet of the play-money bank. What it signed, spent and
 * was paid for survives `kill -9`. Never for real money: its arithmetic is not in constant time, and it rejects
 * with an error when the wallet is not play money.
 */
export async function openMint(options: MintOptions): Promise<Mint> {
  const capabilities = await options.wallet.capabilities();
  if (!capabilities.ok) throw new Error(`${capabilities.failure.code}: ${capabilities.failure.message}`);
  if (!capabilities.value.playMoney) throw new RangeError('this mint is for play money only');
  const store = openSqlite({ path: join(options.dir, FILE_NAME), migrations: MINT_MIGRATIONS });
  try {
    const keysets = await MintKeysets.open(store, options.inputFeePpk ?? 0);
    const routes = mintRoutes({
      store,
      keysets,
      mintQuotes: new MintQuotes(store, keysets, options.wallet),
      meltQuotes: new MeltQuotes(store, keysets, options.wallet, options.now ?? unixNow),
    });
    const answer = getRequestListener(routes.fetch);
    const server = createServer((request, response) => void answer(request, response));
    const port = await listen(server, options.port ?? 0);
    let closed: Promise<void> | null = null;
    return {
      url: `http://127.0.0.1:${port}`,
      rotateKeyset: (inputFeePpk) => keysets.rotate(inputFeePpk),
      close: () => (closed ??= closeServer(server).then(() => store.close())),
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the mint has no port');
  return address.port;
}

function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  return closed;
}
