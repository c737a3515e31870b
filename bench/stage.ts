import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MarketFacts } from './market-process.ts';
import { Part } from './part.ts';

/** Everything that is measured, each part in a process of its own; the bare ones stand beside ours. */
export interface Stage {
  readonly bareRelayUrl: string;
  readonly relayUrl: string;
  readonly providerPubkey: string;
  readonly bareProvider: Part;
  readonly market: Part;
  readonly provider: Part;
  readonly customer: Part;
  /** Ends every process and removes the directory. */
  close(): Promise<void>;
}

/** Starts all parts on this machine, with books, channels and events in a temporary directory on disk. */
export async function openStage(): Promise<Stage> {
  const dir = await mkdtemp(join(tmpdir(), 'coinop-bench-'));
  const parts: Part[] = [];
  const close = async () => {
    for (const part of parts.toReversed()) await part.stop();
    await rm(dir, { recursive: true, force: true });
  };
  const start: typeof Part.start = async (...how) => {
    const part = await Part.start(...how);
    parts.push(part);
    return part;
  };
  try {
    const bareRelay = await start('bare-relay', []);
    const market = await start('market', [dir]);
    const bareRelayUrl = await bareRelay.ask<string>('facts');
    const { relayUrl, walletUris } = await market.ask<MarketFacts>('facts');
    const bareProvider = await start('bare-provider', [bareRelayUrl, relayUrl]);
    const provider = await start('provider', [join(dir, 'provider'), relayUrl], {
      NWC_URL: walletUris.provider,
    });
    const customer = await start('customer', [join(dir, 'customer'), relayUrl], {
      NWC_URL: walletUris.customer,
    });
    return {
      bareRelayUrl,
      relayUrl,
      providerPubkey: await provider.ask<string>('facts'),
      bareProvider,
      market,
      provider,
      customer,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
