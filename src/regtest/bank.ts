import { join } from 'node:path';
import type { Wallet } from '../money/index.ts';
import { BankLink } from './bank-link.ts';
import { HUB, type CallName, type CallParams, type ThreadStats } from './calls.ts';
import { bankWallet, type NotificationListener } from './wallet.ts';

/** What a play-money bank is opened with. */
export interface BankOptions {
  /** Directory of the bank's file; made, readable only by its owner, when missing. */
  readonly dir: string;
  /** Wallets to open; those that are missing are added with funded channels. */
  readonly roles: readonly string[];
  /** Capacity of a new role's channel in sats, half of it the role's; 10,000,000 unless told. */
  readonly channelSats?: number;
  /** Time between blocks in milliseconds; 10,000 unless told. `null`: only `mine` makes blocks. */
  readonly blockEveryMs?: number | null;
  /** Payments after which the thread is replaced to free LDK's memory; 5,000 unless told. */
  readonly recycleAfterPayments?: number;
  /** Unix seconds; the machine's clock unless told. */
  readonly now?: () => number;
  /** Ends the start. */
  readonly signal?: AbortSignal;
  /** For crash tests: address of a module whose function `checkpoint(name)` is called at each `BankCheckpoint`. */
  readonly checkpointModule?: URL;
}

/** How a bank is doing. */
export interface BankStats extends ThreadStats {
  /** Threads that served the bank since it was opened: one, and one more for each that was worn or broke. */
  readonly threadsStarted: number;
}

/**
 * A bank that gives every role a real Lightning wallet holding play money: LDK nodes with channels to a hub
 * on a private regtest chain, worth nothing outside. What it answered survives `kill -9`.
 */
export interface Bank {
  /** The wallet of an open role. Throws `RangeError` for any other name. */
  wallet(role: string): Wallet;
  /** The height of the private chain. */
  height(): Promise<number>;
  /** Mines up to 1,000 blocks, faster than the block time: holds past their deadline go back to the payer. */
  mine(blocks: number): Promise<void>;
  /** Adds a funded wallet, or returns the one the role has. */
  openRole(role: string): Promise<Wallet>;
  stats(): Promise<BankStats>;
  /** Takes a last cut and ends the thread. Payments under way go on when the bank is opened again. Idempotent. */
  close(): Promise<void>;
}

const FILE_NAME = 'bank.sqlite';
const DEFAULT_CHANNEL_SATS = 10_000_000;
/** Below, the reserve and fees of a commitment leave nothing to pay with; above, BOLT 2 wants a negotiation. */
const MIN_CHANNEL_SATS = 100_000;
const MAX_CHANNEL_SATS = 16_777_215;
const DEFAULT_BLOCK_MS = 10_000;
const DEFAULT_RECYCLE_PAYMENTS = 5_000;
const MAX_BLOCKS = 1_000;
const MAX_ROLES = 128;
/** Mining many blocks and opening channels take LDK a while. */
const CONTROL_TIMEOUT_MS = 60_000;

/**
 * Opens the bank of a directory, on its first run with a funded channel for each role. A start that a crash
 * interrupts leaves no trace, so the next one begins afresh. Rejects when another process has the bank open.
 */
export async function openBank(options: BankOptions): Promise<Bank> {
  const { roles, channelSats = DEFAULT_CHANNEL_SATS } = options;
  if (channelSats < MIN_CHANNEL_SATS || channelSats > MAX_CHANNEL_SATS || !Number.isInteger(channelSats))
    throw new RangeError(`channelSats must be whole, ${MIN_CHANNEL_SATS} to ${MAX_CHANNEL_SATS}`);
  const known = new Set(roles);
  for (const role of known) checkRole(role, known.size);
  const listeners = new Map<string, Set<NotificationListener>>();
  const link = await BankLink.open(
    {
      file: join(options.dir, FILE_NAME),
      roles: [...known],
      channelSats,
      blockEveryMs: options.blockEveryMs === undefined ? DEFAULT_BLOCK_MS : options.blockEveryMs,
      recycleAfterPayments: options.recycleAfterPayments ?? DEFAULT_RECYCLE_PAYMENTS,
      checkpointModule: options.checkpointModule?.href ?? null,
    },
    options.now ?? (() => Math.floor(Date.now() / 1000)),
    (role, notification) => {
      for (const listener of listeners.get(role) ?? []) listener(notification);
    },
    options.signal,
  );

  async function control<Name extends CallName>(name: Name, params: CallParams<Name>) {
    const outcome = await link.call(name, params, { timeoutMs: CONTROL_TIMEOUT_MS });
    if (outcome.ok) return outcome.value;
    throw new Error(`${outcome.failure.code}: ${outcome.failure.message}`);
  }

  const walletOf = (role: string): Wallet =>
    bankWallet({
      role,
      link,
      listen: (listener) => {
        const heard = listeners.get(role) ?? new Set();
        listeners.set(role, heard.add(listener));
        return () => heard.delete(listener);
      },
    });

  return {
    wallet: (role) => {
      if (!known.has(role)) throw new RangeError(`the bank has no role '${role}': open it with openRole`);
      return walletOf(role);
    },
    height: async () => (await control('stats', null)).height,
    mine: async (blocks) => {
      if (!Number.isInteger(blocks) || blocks < 1 || blocks > MAX_BLOCKS)
        throw new RangeError(`mine 1 to ${MAX_BLOCKS} blocks at a time`);
      await control('mine', { blocks });
    },
    openRole: async (role) => {
      checkRole(role, known.size + 1);
      await control('addRole', { role });
      known.add(role);
      return walletOf(role);
    },
    stats: async () => ({ ...(await control('stats', null)), threadsStarted: link.threadsStarted }),
    close: () => link.close(),
  };
}

function checkRole(role: string, count: number): void {
  if (!/^[a-z0-9][a-z0-9-]{0,31}$/.test(role) || role === HUB)
    throw new RangeError(
      `'${role}' is no role: use up to 32 lower-case letters, digits and dashes, not '${HUB}'`,
    );
  if (count > MAX_ROLES) throw new RangeError(`a bank has at most ${MAX_ROLES} roles`);
}
