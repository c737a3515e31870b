import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BuyingPolicy } from '../../src/customer/index.ts';
import type { Wallet } from '../../src/money/index.ts';
import { orThrow } from '../../src/protocol/index.ts';
import { openBank } from '../../src/regtest/index.ts';
import { createWorkerVerifier } from '../../src/relays/node.ts';
import type { CastSize } from './cast.ts';
import { playMarket, type JobOutcome } from './market.ts';

/** Policies that are to buy the same jobs of the same sellers, by name. */
export type Contestants = Readonly<Record<string, BuyingPolicy['choose']>>;

/** What is played. */
export interface Contest {
  readonly contestants: Contestants;
  readonly seeds: readonly number[];
  readonly size: CastSize;
  /** In each market. */
  readonly jobs: number;
  /** Told after each seed. */
  readonly onSeed?: (seed: number) => void;
}

/** Custodians that the sellers share. */
const CUSTODIANS = 6;

/**
 * Lets every contestant buy in every market, each with an empty ledger, a wallet of its own and sellers who have
 * never met it, all of one market side by side. Throws when a wallet has lost another amount than its ledger says.
 */
export async function playContest(contest: Contest): Promise<ReadonlyMap<string, readonly JobOutcome[]>> {
  const names = Object.keys(contest.contestants);
  const dir = await mkdtemp(join(tmpdir(), 'coinop-simulation-'));
  const custodians = Array.from({ length: CUSTODIANS }, (_none, index) => `custodian-${index}`);
  const customers = names.map((_name, index) => `customer-${index}`);
  const verifier = createWorkerVerifier({ workers: 1 });
  const bank = await openBank({ dir, roles: [...customers, ...custodians], blockEveryMs: null });
  try {
    const outcomes = new Map<string, JobOutcome[]>(names.map((name) => [name, []]));
    for (const seed of contest.seeds) {
      await Promise.all(
        Object.entries(contest.contestants).map(async ([name, choose], index) => {
          const customerWallet = bank.wallet(`customer-${index}`);
          const sellerWallets = custodians.map((role) => bank.wallet(role));
          const { size, jobs } = contest;
          const played = await playWithMoney({
            seed,
            size,
            jobs,
            choose,
            customerWallet,
            sellerWallets,
            verifier,
          });
          outcomes.get(name)?.push(...played);
        }),
      );
      contest.onSeed?.(seed);
    }
    return outcomes;
  } finally {
    await bank.close();
    await verifier.close();
    await rm(dir, { recursive: true, force: true });
  }
}

async function playWithMoney(game: Parameters<typeof playMarket>[0]): Promise<JobOutcome[]> {
  const before = await balanceOf(game.customerWallet);
  const outcomes = await playMarket(game);
  const gone = before - (await balanceOf(game.customerWallet));
  const booked = outcomes.reduce((sum, { spentMsat }) => sum + spentMsat, 0n);
  if (gone !== booked)
    throw new Error(`The wallet has ${gone} msat less, and the ledger says ${booked} (seed ${game.seed}).`);
  return outcomes;
}

async function balanceOf(wallet: Wallet): Promise<bigint> {
  return orThrow(await wallet.balance()).spendableMsat;
}
