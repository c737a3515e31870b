import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { MarketFacts } from './market-process.ts';
import type { Part } from './part.ts';
import { openParts, startMarket, type Market, type Open } from './stage.ts';

/** What the money is measured on. Money that is only moved has banks of its own, which nobody else listens to. */
export interface MoneyStage extends Market {
  /** Two wallets of a bank without relay and NWC. */
  readonly bank: Part;
  /** Two wallets of a bank that are reached over NWC, each from its own connection. */
  readonly payer: Part;
  /** Starts a bank of so many wallets, in a new directory or that of one that was stopped. */
  startBank(name: string, wallets: number): Promise<Part>;
}

/** Starts all parts, each in a process of its own. */
export function openMoneyStage(): Promise<Open<MoneyStage>> {
  return openParts(async (start, dir) => {
    const startBank = async (name: string, wallets: number): Promise<Part> => {
      await mkdir(join(dir, name), { recursive: true });
      return start('bank', [join(dir, name), wallets.toString()]);
    };
    const bank = await startBank('direct', 2);
    const served = await start('market', [join(dir, 'served')]);
    const { walletUris } = await served.ask<MarketFacts>('facts');
    const payer = await start('payer', [], {
      PAYER_NWC_URL: walletUris.customer,
      PAYEE_NWC_URL: walletUris.provider,
    });
    const market = await startMarket(start, join(dir, 'market'));
    return { ...market, bank, payer, startBank };
  });
}
