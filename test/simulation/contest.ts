import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { BuyingPolicy } from '../../src/customer/index.ts';
import type { Wallet } from '../../src/money/index.ts';
import { orThrow } from '../../src/protocol/index.ts';
import { openBank } from '../../src/regtest/index.ts';
import type { Verifier } from '../../src/relays/index.ts';
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

/** A wallet whose node has just lost its peer has nothing to spend for a moment. */
const MAX_LOOKS = 40;
const LOOK_PAUSE_MS = 500;

/**
 * Lets every contestant buy in every market, each with an empty ledger, a wallet of its own and sellers who have
 * never met it, all of one market side by side. Throws when a wallet has lost another amount than its ledger says.
 */
export async function playContest(contest: Contest): Promise<ReadonlyMap<string, readonly JobOutcome[]>> {
  const outcomes = new Map<string, JobOutcome[]>();
  const verifier = createWorkerVerifier({ workers: 1 });
  try {
    for (const seed of contest.seeds) {
      for (const [name, played] of await playSeed(contest, seed, verifier))
        outcomes.set(name, [...(outcomes.get(name) ?? []), ...played]);
      contest.onSeed?.(seed);
    }
    return outcomes;
  } finally {
    await verifier.close();
  }
}

/** Plays one market for everybody at once, with the wallets of a new bank. */
async function playSeed(
  { contestants, size, jobs }: Contest,
  seed: number,
  verifier: Verifier,
): Promise<[name: string, played: JobOutcome[]][]> {
  const dir = await mkdtemp(join(tmpdir(), 'coinop-simulation-'));
  const entrants = Object.entries(contestants).map(
    (entry, index) => [...entry, `customer-${index}`] as const,
  );
  const custodians = Array.from({ length: CUSTODIANS }, (_none, index) => `custodian-${index}`);
  const roles = [...entrants.map(([, , role]) => role), ...custodians];
  const bank = await openBank({ dir, roles, blockEveryMs: null });
  const sellerWallets = custodians.map((role) => bank.wallet(role));
  try {
    return await Promise.all(
      entrants.map(async ([name, choose, role]): Promise<[string, JobOutcome[]]> => {
        const market = { seed, size, jobs, choose, sellerWallets, verifier };
        return [name, await playWithMoney({ ...market, customerWallet: bank.wallet(role) })];
      }),
    );
  } finally {
    await bank.close();
    await rm(dir, { recursive: true, force: true });
  }
}

async function playWithMoney(game: Parameters<typeof playMarket>[0]): Promise<JobOutcome[]> {
  const before = await balanceOf(game.customerWallet);
  const outcomes = await playMarket(game);
  const booked = outcomes.reduce((sum, { spentMsat }) => sum + spentMsat, 0n);
  for (let looks = 1; ; looks++) {
    const gone = before - (await balanceOf(game.customerWallet));
    if (gone === booked) return outcomes;
    if (looks === MAX_LOOKS)
      throw new Error(`The wallet has ${gone} msat less, and the ledger says ${booked} (seed ${game.seed}).`);
    await pause(LOOK_PAUSE_MS);
  }
}

async function balanceOf(wallet: Wallet): Promise<bigint> {
  return orThrow(await wallet.balance()).spendableMsat;
}
