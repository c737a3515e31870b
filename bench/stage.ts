import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MarketFacts } from './market-process.ts';
import { Part } from './part.ts';
import type { ProviderFacts } from './provider-process.ts';

/** Where jobs are sold, each part in a process of its own. */
export interface Market {
  readonly relayUrl: string;
  readonly providerPubkey: string;
  readonly market: Part;
  readonly provider: Part;
  readonly customer: Part;
}

/** What the first sale is measured on: the market, and bare parts beside ours. */
export interface Stage extends Market {
  readonly bareRelayUrl: string;
  readonly bareProvider: Part;
}

/** Starts a process that is ended with the others; see `Part.start`. */
type StartPart = typeof Part.start;

/** What was started, until it is closed: that ends every process and removes the directory. */
export type Open<Parts> = Parts & { readonly close: () => Promise<void> };

/** Starts the market and the bare parts. */
export function openStage(): Promise<Open<Stage>> {
  return openParts(async (start, dir) => {
    const bareRelay = await start('bare-relay', []);
    const bareRelayUrl = await bareRelay.ask<string>('facts');
    const market = await startMarket(start, dir);
    const bareProvider = await start('bare-provider', [bareRelayUrl, market.relayUrl]);
    return { ...market, bareRelayUrl, bareProvider };
  });
}

/** Starts relay, bank, provider and customer, with books, channels and events in that directory. */
export async function startMarket(start: StartPart, dir: string): Promise<Market> {
  const market = await start('market', [dir]);
  const { relayUrl, mintUrl, walletUris } = await market.ask<MarketFacts>('facts');
  const provider = await start('provider', [join(dir, 'provider'), relayUrl, mintUrl], {
    NWC_URL: walletUris.provider,
  });
  const { pubkey, payHost } = await provider.ask<ProviderFacts>('facts');
  const customer = await start('customer', [join(dir, 'customer'), relayUrl, payHost, mintUrl], {
    NWC_URL: walletUris.customer,
  });
  return { relayUrl, providerPubkey: pubkey, market, provider, customer };
}

/** Starts parts on this machine, which share a temporary directory on disk. */
export async function openParts<Parts>(
  startAll: (start: StartPart, dir: string) => Promise<Parts>,
): Promise<Open<Parts>> {
  const dir = await mkdtemp(join(tmpdir(), 'coinop-bench-'));
  const parts: Part[] = [];
  const close = async () => {
    for (const part of parts.toReversed()) await part.stop();
    await rm(dir, { recursive: true, force: true });
  };
  const start: StartPart = async (...how) => {
    const part = await Part.start(...how);
    parts.push(part);
    return part;
  };
  try {
    return { ...(await startAll(start, dir)), close };
  } catch (error) {
    await close();
    throw error;
  }
}
