import { generateSecretKey, secretKeySigner, type Signer } from '../../src/keys/index.ts';
import type { Ledger, Sale } from '../../src/ledger/index.ts';
import { orThrow, type Failure } from '../../src/protocol/index.ts';
import {
  startProvider,
  type Provider,
  type ProviderOptions,
  type Service,
} from '../../src/provider/index.ts';
import type { BuyingStage } from '../customer/stage.ts';

/** A provider under test: every move of its sales, in the order in which they were committed. */
export interface Seller {
  readonly provider: Provider;
  readonly signer: Signer;
  readonly ledger: Ledger;
  readonly moves: Sale[];
  readonly troubles: Failure[];
  /** Waits until a move fits; looks at earlier ones first. */
  until(fits: (sale: Sale) => boolean): Promise<Sale>;
  close(): Promise<void>;
}

/** Starts a provider with a key and ledger of its own and the wallet `alice`, unless told otherwise. */
export async function openSeller(
  stage: BuyingStage,
  services: readonly Service[],
  told: Partial<ProviderOptions> = {},
): Promise<Seller> {
  const ledger = told.ledger ?? stage.openLedger();
  const moves: Sale[] = [];
  const troubles: Failure[] = [];
  const waiting = new Set<() => void>();
  const signer = told.signer ?? secretKeySigner(generateSecretKey());
  const provider = orThrow(
    await startProvider({
      wallet: stage.bank.wallet('alice'),
      relays: stage.openPool(),
      relayUrls: [stage.relayUrl],
      services,
      ...told,
      signer,
      ledger,
      limits: { leaseSeconds: 3, sweepSeconds: 1, ...told.limits },
      onChange: (sale) => {
        moves.push(sale);
        for (const look of waiting) look();
      },
      onTrouble: (trouble) => {
        troubles.push(trouble);
      },
    }),
  );
  return {
    provider,
    signer,
    ledger,
    moves,
    troubles,
    until: (fits) =>
      new Promise((resolve) => {
        const look = () => {
          const found = moves.find(fits);
          if (!found) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
    close: () => provider.close({ graceMs: 0 }),
  };
}

/** The states a job's work went through. */
export function workOf(seller: Seller, requestId: string): string[] {
  const states = seller.moves.filter((sale) => sale.requestId === requestId).map(({ work }) => work);
  return states.filter((state, index) => state !== states[index - 1]);
}
