import { join } from 'node:path';
import { openAccount } from '../account/index.ts';
import type { Sale } from '../ledger/index.ts';
import { success, type ExchangeMode, type Failure, type Outcome } from '../protocol/index.ts';
import { startProvider, type Provider } from '../provider/index.ts';
import type { Verifier } from '../relays/index.ts';
import { summarizationService, textExtractionService, type ModelEndpoint } from '../services/index.ts';
import type { MarketHttp } from './one-port.ts';
import { servePayAddress } from './pay-address.ts';

/** Best first. */
const SOLD_BY: readonly ExchangeMode[] = ['balance', 'hold', 'prepay', 'zap', 'ecash-htlc', 'nutzap'];

/** The ledger of what a market sells itself; `dir` is the market's. */
export function marketBooksPath(dir: string): string {
  return join(accountDir(dir), 'ledger.sqlite');
}

function accountDir(dir: string): string {
  return join(dir, 'provider');
}

/**
 * Sells text extraction and summarization with an account and a wallet like any other provider's, which is also paid
 * at a lightning address (`lud16`).
 */
export async function sellServices(
  options: {
    readonly dir: string;
    readonly model?: ModelEndpoint;
    readonly onSale?: (sale: Sale) => void;
    readonly onTrouble?: (trouble: Failure) => void;
  },
  at: {
    readonly relayUrl: string;
    readonly http: Pick<MarketHttp, 'host' | 'httpUrl' | 'serveWellKnown'>;
    readonly walletUri: string;
    readonly mintUrl: string;
    readonly verifier: Verifier;
  },
): Promise<Outcome<Provider & { readonly lud16: string }>> {
  const dir = accountDir(options.dir);
  const account = await openAccount({
    dir,
    relayUrls: [at.relayUrl],
    walletUri: at.walletUri,
    allowHosts: [at.http.host, new URL(at.mintUrl).host],
    blobServers: [at.http.httpUrl],
    mints: { urls: [at.mintUrl], network: 'regtest' },
    verifier: at.verifier,
  });
  if (!account.ok) return account;
  const { wallet } = account.value;
  if (wallet === null) throw new Error('The market has a wallet for its services.');
  const payAddress = servePayAddress({
    account: account.value,
    wallet,
    dir,
    host: at.http.host,
    verify: (event) => at.verifier.verify(event),
    onTrouble: (trouble) => options.onTrouble?.(trouble),
  });
  at.http.serveWellKnown(payAddress.handle);
  const close = async () => {
    await payAddress.close();
    await account.value.close();
  };
  const provider = await startProvider({
    ...account.value,
    lud16: payAddress.lud16,
    services: [
      textExtractionService(),
      summarizationService(options.model ? { model: options.model } : {}),
    ].map((service) => ({ ...service, exchanges: SOLD_BY })),
    ...(options.onSale ? { onChange: options.onSale } : {}),
    ...(options.onTrouble ? { onTrouble: options.onTrouble } : {}),
  }).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  if (!provider.ok) {
    await close();
    return provider;
  }
  return success({
    ...provider.value,
    lud16: payAddress.lud16,
    close: async (grace) => {
      await provider.value.close(grace);
      await close();
    },
  });
}
