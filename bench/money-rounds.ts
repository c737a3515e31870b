import type { BankStart } from './bank-process.ts';
import { isPaidInEcash } from '../src/protocol/index.ts';
import { buyOneByOne, type WatchedJob } from './bought-jobs.ts';
import type { MoneyStage } from './money-stage.ts';
import type { PaymentLoad, TimedPayments } from './payments.ts';
import { MODE_KINDS, type Mode } from './signed-jobs.ts';

/** How much one round measures. */
export interface MoneyRoundSize {
  /** Payments one at a time, and with 50 at once. */
  readonly payments: number;
  readonly paymentsAtOnce: number;
  /** Jobs bought by each mode; fewer by those in ecash, which take longest. */
  readonly jobs: number;
  readonly ecashJobs: number;
  /** Wallets of the bank that is full, and payments between its wallets. */
  readonly wallets: number;
  readonly paymentsOfFullBank: number;
}

/** Who makes the payments: wallets of the bank itself, our NWC driver, Alby's client. */
export const RAILS = ['direct', 'nwc', 'alby'] as const;
/** One of `RAILS`. */
export type Rail = (typeof RAILS)[number];

/** The modes in the order in which they are reported. */
export const MODES = Object.keys(MODE_KINDS) as readonly Mode[];

/** Payments of one rail in one round. */
export interface RailPayments {
  readonly oneAtATime: TimedPayments;
  readonly atOnce: TimedPayments;
}

/** Jobs of one mode in one round. */
export interface ModeJobs {
  readonly jobs: readonly WatchedJob[];
  /** On the relay, those of the wallet connections included. */
  readonly eventsPerJob: number;
}

/** A bank from its start to the end of its payments; memory in bytes. */
export interface BankRun extends BankStart {
  readonly bytesAfterPayments: number;
}

/** What one round found. */
export interface MoneyRound {
  readonly payments: Readonly<Record<Rail, RailPayments>>;
  readonly modes: Readonly<Record<Mode, ModeJobs>>;
  /** The bank of a market: two wallets, for the first time and on what it left on disk. */
  readonly newBank: BankStart;
  readonly reopenedBank: BankStart;
  /** As many wallets as the bank opens. */
  readonly fullBank: BankRun;
}

/** Payments under way at once where not one at a time. */
export const AT_ONCE = 50;
/** Payments of the full bank under way at once. */
const FULL_BANK_IN_FLIGHT = 10;

/** Measures everything once, side by side; each round begins with another rail and another mode. */
export async function runMoneyRound(
  stage: MoneyStage,
  size: MoneyRoundSize,
  round: number,
): Promise<MoneyRound> {
  const payments = await each(rotated(RAILS, round), (rail) => payBy(stage, rail, size));
  const modes = await each(rotated(MODES, round), (mode) =>
    buyBy(stage, mode, isPaidInEcash(mode) ? size.ecashJobs : size.jobs),
  );
  const newBank = await startOnce(stage, `new-${round}`, 2);
  const reopenedBank = await startOnce(stage, `new-${round}`, 2);
  return { payments, modes, newBank, reopenedBank, fullBank: await fillBank(stage, size, round) };
}

/** Events of a job come a little after its sale is closed: those of the last one are counted for the next mode. */
async function buyBy(stage: MoneyStage, mode: Mode, count: number): Promise<ModeJobs> {
  const closedBefore = await stage.provider.ask<number>('closedSales');
  const eventsBefore = await stage.market.ask<number>('acceptedEvents');
  const jobs = await buyOneByOne(stage, mode, count);
  await stage.provider.ask('untilClosed', closedBefore + count);
  const events = (await stage.market.ask<number>('acceptedEvents')) - eventsBefore;
  return { jobs, eventsPerJob: events / count };
}

async function payBy(stage: MoneyStage, rail: Rail, size: MoneyRoundSize): Promise<RailPayments> {
  const pay = (load: PaymentLoad): Promise<TimedPayments> => {
    if (rail === 'direct') return stage.bank.ask('pay', load);
    return stage.payer.ask(rail === 'nwc' ? 'payByOurs' : 'payByAlbys', load);
  };
  return {
    oneAtATime: await pay({ payments: size.payments, inFlight: 1 }),
    atOnce: await pay({ payments: size.paymentsAtOnce, inFlight: AT_ONCE }),
  };
}

async function startOnce(stage: MoneyStage, name: string, wallets: number): Promise<BankStart> {
  const bank = await stage.startBank(name, wallets);
  const start = await bank.ask<BankStart>('facts');
  await bank.stop();
  return start;
}

async function fillBank(
  stage: MoneyStage,
  { wallets, paymentsOfFullBank }: MoneyRoundSize,
  round: number,
): Promise<BankRun> {
  const bank = await stage.startBank(`full-${round}`, wallets);
  const start = await bank.ask<BankStart>('facts');
  await bank.ask('pay', {
    payments: paymentsOfFullBank,
    inFlight: FULL_BANK_IN_FLIGHT,
  } satisfies PaymentLoad);
  const bytesAfterPayments = await bank.ask<number>('residentBytes');
  await bank.stop();
  return { ...start, bytesAfterPayments };
}

/** The same in the same order, beginning elsewhere. */
function rotated<Item>(items: readonly Item[], by: number): Item[] {
  const first = by % items.length;
  return [...items.slice(first), ...items.slice(0, first)];
}

/** Measures one after the other. */
async function each<Name extends string, Found>(
  names: readonly Name[],
  measure: (name: Name) => Promise<Found>,
): Promise<Record<Name, Found>> {
  const found: Partial<Record<Name, Found>> = {};
  for (const name of names) found[name] = await measure(name);
  return found as Record<Name, Found>;
}
