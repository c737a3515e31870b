import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { failure, success, type Outcome } from '../protocol/index.ts';
import type { Bank } from '../regtest/index.ts';
import type { MarketWallets, VisitorRole } from './connections.ts';

/** Play-money wallets for whoever opens the web app. */
export interface Visitors {
  /**
   * A funded wallet that nobody else was given, as an NWC connection (NIP-47), which is a secret. Fails with
   * `no-wallet-left`, or with `rate-limited` and the seconds to wait.
   */
  welcome(): Promise<Outcome<string, 'no-wallet-left' | 'rate-limited'>>;
}

/** Each is a Lightning node that opens with the bank. */
const MAX_VISITORS = 32;
/** Wallets that may be taken at once, and how long it takes until one more may. */
const BURST = 12;
const REFILL_SECONDS = 10;

/**
 * Gives each visitor a Lightning node of its own, because no node pays itself: so that a customer in one browser can
 * pay a human in another. Wallets of earlier runs work on.
 */
export async function openVisitors(options: {
  readonly dir: string;
  readonly bank: Bank;
  readonly wallets: MarketWallets;
  readonly now: () => number;
}): Promise<Visitors> {
  const { bank, wallets, now } = options;
  const open = async (role: VisitorRole): Promise<string> => {
    await bank.openRole(role);
    return wallets.serve(role);
  };
  const earlier = await earlierVisitors(options.dir);
  for (const number of earlier) await open(`visitor-${number}`);

  let latest = Math.max(0, ...earlier);
  let allowance = BURST;
  let refilledAt = now();
  const mayWelcome = (): boolean => {
    const refill = Math.floor((now() - refilledAt) / REFILL_SECONDS);
    allowance = Math.min(BURST, allowance + refill);
    refilledAt += refill * REFILL_SECONDS;
    if (allowance === 0) return false;
    allowance -= 1;
    return true;
  };
  return {
    async welcome() {
      if (latest >= MAX_VISITORS)
        return failure(
          'no-wallet-left',
          `All ${MAX_VISITORS} play wallets of this market were given out: start one with another --home.`,
        );
      if (!mayWelcome())
        return failure('rate-limited', 'Too many play wallets were asked for: wait a moment.', {
          retryAfterSeconds: REFILL_SECONDS,
        });
      latest += 1;
      return success(await open(`visitor-${latest}`));
    },
  };
}

async function earlierVisitors(dir: string): Promise<number[]> {
  const names = await readdir(join(dir, 'wallets'));
  return names
    .map((name) => Number(/^visitor-(\d+)\.json$/.exec(name)?.[1]))
    .filter((number) => number >= 1 && number <= MAX_VISITORS)
    .toSorted((left, right) => left - right);
}
