import { join } from 'node:path';
import { openAccount } from '../account/index.ts';
import type { Sale } from '../ledger/index.ts';
import { success, type Failure, type Outcome } from '../protocol/index.ts';
import { startProvider, type Provider } from '../provider/index.ts';
import type { Verifier } from '../relays/index.ts';
import { summarizationService, textExtractionService, type ModelEndpoint } from '../services/index.ts';

/** Sells text extraction and summarization with an account and a wallet like any other provider's. */
export async function sellServices(
  options: {
    readonly dir: string;
    readonly model?: ModelEndpoint;
    readonly onSale?: (sale: Sale) => void;
    readonly onTrouble?: (trouble: Failure) => void;
  },
  at: {
    readonly relayUrl: string;
    readonly host: string;
    readonly walletUri: string;
    readonly verifier: Verifier;
  },
): Promise<Outcome<Provider>> {
  const account = await openAccount({
    dir: join(options.dir, 'provider'),
    relayUrls: [at.relayUrl],
    walletUri: at.walletUri,
    allowHosts: [at.host],
    verifier: at.verifier,
  });
  if (!account.ok) return account;
  const close = () => account.value.close();
  const provider = await startProvider({
    ...account.value,
    services: [textExtractionService(), summarizationService(options.model ? { model: options.model } : {})],
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
    pubkey: provider.value.pubkey,
    close: async (grace) => {
      await provider.value.close(grace);
      await close();
    },
  });
}
