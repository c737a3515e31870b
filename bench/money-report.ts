import { loadavg } from 'node:os';
import type { WatchedJob } from './bought-jobs.ts';
import { MODES, RAILS, type MoneyRound, type Rail, type RailPayments } from './money-rounds.ts';
import { thisMachine, type Report } from './report.ts';
import type { Mode } from './signed-jobs.ts';
import { latencyOf, medianOf, percentile, type Latency } from './statistics.ts';

/**
 * What the money bench found. Rates, medians and ratios are the medians over all rounds, ratios of the same round;
 * 99th percentiles are those of all jobs or payments together, for one round has too few. Times are milliseconds.
 */
export interface MoneyReport extends Pick<Report, 'machine' | 'load' | 'rounds' | 'tookSeconds'> {
  readonly payments: Readonly<
    Record<Rail, { readonly oneAtATime: RailFigures; readonly atOnce: RailFigures }>
  >;
  readonly modes: Readonly<Record<Mode, ModeFigures>>;
  readonly banks: readonly BankFigures[];
}

/** Payments of one rail. */
export interface RailFigures {
  readonly perSecond: number;
  /** Share of the rate of direct payments. */
  readonly ofDirect: number;
  readonly eachMs: Latency;
}

/** Jobs of one mode. */
export interface ModeFigures {
  readonly jobs: number;
  /** Wish → content that can be read. */
  readonly inHand: Latency;
  /** Wish → receipt: content in hand, paid, settled and booked. */
  readonly receipt: Latency;
  /** How many times the receipt of a free job. */
  readonly overFree: Latency;
  /** How much longer than for a free job, at the median. */
  readonly addedMs: number;
  readonly eventsPerJob: number;
}

/** A bank in a process that does nothing else; memory is that of the whole process, in MiB. */
export interface BankFigures {
  readonly what: string;
  readonly openMs: number;
  readonly firstPaymentMs: number;
  readonly mibBefore: number;
  readonly mibOpen: number;
  /** After the payments of the round; `null` where there were none. */
  readonly mibAfterPayments: number | null;
}

/** Sums up the rounds. */
export function makeMoneyReport(
  rounds: readonly MoneyRound[],
  run: { readonly loadBefore: number; readonly tookSeconds: number; readonly wallets: number },
): MoneyReport {
  return {
    machine: thisMachine(),
    load: { before: run.loadBefore, after: loadavg()[0] ?? Number.NaN },
    rounds: rounds.length,
    tookSeconds: run.tookSeconds,
    payments: byName(RAILS, (rail) => ({
      oneAtATime: railFigures(rounds, rail, 'oneAtATime'),
      atOnce: railFigures(rounds, rail, 'atOnce'),
    })),
    modes: byName(MODES, (mode) => modeFigures(rounds, mode)),
    banks: [
      bankFigures('2 wallets, new', rounds, ({ newBank }) => ({ ...newBank, bytesAfterPayments: null })),
      bankFigures('2 wallets, opened again', rounds, ({ reopenedBank }) => ({
        ...reopenedBank,
        bytesAfterPayments: null,
      })),
      bankFigures(`${run.wallets} wallets, new`, rounds, ({ fullBank }) => fullBank),
    ],
  };
}

function railFigures(rounds: readonly MoneyRound[], rail: Rail, how: keyof RailPayments): RailFigures {
  const rate = (round: MoneyRound, of: Rail) => {
    const { eachMs, tookMs } = round.payments[of][how];
    return (eachMs.length / tookMs) * 1000;
  };
  return {
    perSecond: medianOf(rounds, (round) => rate(round, rail)),
    ofDirect: medianOf(rounds, (round) => rate(round, rail) / rate(round, 'direct')),
    eachMs: latencyOf(rounds.flatMap(({ payments }) => payments[rail][how].eachMs)),
  };
}

const MOMENTS: Readonly<Record<'inHand' | 'receipt', (job: WatchedJob, mode: Mode) => number>> = {
  /** A locked result is read when it is paid. */
  inHand: (job, mode) => (mode === 'reveal' ? job.receiptAt : job.resultAt) - job.wishedAt,
  receipt: (job) => job.receiptAt - job.wishedAt,
};

function modeFigures(rounds: readonly MoneyRound[], mode: Mode): ModeFigures {
  const samples = (round: MoneyRound, of: Mode, moment: keyof typeof MOMENTS) =>
    round.modes[of].jobs.map((job) => MOMENTS[moment](job, of));
  const p50 = (round: MoneyRound, of: Mode, moment: keyof typeof MOMENTS) =>
    percentile(samples(round, of, moment), 0.5);
  const p99 = (of: Mode, moment: keyof typeof MOMENTS) =>
    percentile(
      rounds.flatMap((round) => samples(round, of, moment)),
      0.99,
    );
  const latency = (moment: keyof typeof MOMENTS): Latency => ({
    p50: medianOf(rounds, (round) => p50(round, mode, moment)),
    p99: p99(mode, moment),
  });
  return {
    jobs: rounds.reduce((sum, round) => sum + round.modes[mode].jobs.length, 0),
    inHand: latency('inHand'),
    receipt: latency('receipt'),
    overFree: {
      p50: medianOf(rounds, (round) => p50(round, mode, 'receipt') / p50(round, 'free', 'receipt')),
      p99: p99(mode, 'receipt') / p99('free', 'receipt'),
    },
    addedMs: medianOf(rounds, (round) => p50(round, mode, 'receipt') - p50(round, 'free', 'receipt')),
    eventsPerJob: medianOf(rounds, (round) => round.modes[mode].eventsPerJob),
  };
}

function bankFigures(
  what: string,
  rounds: readonly MoneyRound[],
  runOf: (round: MoneyRound) => Omit<MoneyRound['fullBank'], 'bytesAfterPayments'> & {
    readonly bytesAfterPayments: number | null;
  },
): BankFigures {
  const mib = (bytes: (run: ReturnType<typeof runOf>) => number | null) =>
    medianOf(rounds, (round) => (bytes(runOf(round)) ?? Number.NaN) / 2 ** 20);
  const afterPayments = mib((run) => run.bytesAfterPayments);
  return {
    what,
    openMs: medianOf(rounds, (round) => runOf(round).openMs),
    firstPaymentMs: medianOf(rounds, (round) => runOf(round).firstPaymentMs),
    mibBefore: mib((run) => run.bytesBefore),
    mibOpen: mib((run) => run.bytesOpen),
    mibAfterPayments: Number.isNaN(afterPayments) ? null : afterPayments,
  };
}

function byName<Name extends string, Figures>(
  names: readonly Name[],
  figuresOf: (name: Name) => Figures,
): Record<Name, Figures> {
  return Object.fromEntries(names.map((name) => [name, figuresOf(name)])) as Record<Name, Figures>;
}
