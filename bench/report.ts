import { cpus, loadavg, release, totalmem } from 'node:os';
import type { WatchedJob } from './bought-jobs.ts';
import { EVENTS_PER_FREE_JOB } from './load.ts';
import type { Round } from './rounds.ts';
import { medianOf, type Latency } from './statistics.ts';

/** What the benchmark found: medians over all rounds. Latencies are milliseconds, ratios are of the same round. */
export interface Report {
  readonly machine: Machine;
  /** Load average of the machine over one minute, before and after. */
  readonly load: { readonly before: number; readonly after: number };
  readonly rounds: number;
  readonly tookSeconds: number;
  readonly latency: Readonly<Record<Measured, Latency>>;
  /** How many times the latency of two bare hops. */
  readonly overBareHops: Readonly<Record<Measured, Latency>>;
  readonly throughput: Throughput;
  /** Where the time of a job goes: medians over all jobs, from one moment to the next. */
  readonly freeStages: readonly StageTime[];
  readonly holdStages: readonly StageTime[];
}

/** What a figure was measured on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
}

/** Durable jobs per second of one provider process, and what they cost. */
export interface Throughput {
  /** The events of so many free jobs per second the relay takes in when there is nothing else to do. */
  readonly relayAlone: number;
  readonly free: number;
  readonly hold: number;
  /** Share of the events that the relay alone takes in. */
  readonly freeShare: number;
  readonly holdShare: number;
  /** Events on the relay, those of the wallet connections included. */
  readonly eventsPerHoldJob: number;
  /** CPU time per free job: of the relay alone, of the relay and of the provider while the provider sells. */
  readonly relayAloneCpuMs: number;
  readonly relayCpuMs: number;
  readonly providerCpuMs: number;
}

/** How long jobs take from one moment to the next. */
export interface StageTime {
  readonly from: string;
  readonly to: string;
  readonly ms: number;
}

type Measured = 'bareHops' | 'relayHops' | 'freeResult' | 'freeReceipt' | 'holdResult' | 'holdSettled';

const FREE_STAGES = ['heard', 'accepted', 'working', 'publishing'];
const HOLD_STAGES = [
  'heard',
  'received',
  'accepted quoted',
  'accepted locked',
  'working locked',
  'publishing',
];

/** Sums up the rounds. */
export function makeReport(
  rounds: readonly Round[],
  run: { readonly loadBefore: number; readonly tookSeconds: number },
): Report {
  return {
    machine: thisMachine(),
    load: { before: run.loadBefore, after: loadavg()[0] ?? Number.NaN },
    rounds: rounds.length,
    tookSeconds: run.tookSeconds,
    latency: latencies(rounds, (round, measured) => round[measured]),
    overBareHops: latencies(rounds, (round, measured) => ({
      p50: round[measured].p50 / round.bareHops.p50,
      p99: round[measured].p99 / round.bareHops.p99,
    })),
    throughput: throughputOf(rounds),
    freeStages: stagesOf(
      rounds.flatMap(({ free }) => free),
      FREE_STAGES,
    ),
    holdStages: stagesOf(
      rounds.flatMap(({ hold }) => hold),
      HOLD_STAGES,
    ),
  };
}

/** The machine that this runs on. */
export function thisMachine(): Machine {
  const [cpu] = cpus();
  return {
    cpu: cpu?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
  };
}

function latencies(
  rounds: readonly Round[],
  figure: (round: Round, measured: Measured) => Latency,
): Record<Measured, Latency> {
  const middle = (measured: Measured): Latency => ({
    p50: medianOf(rounds, (round) => figure(round, measured).p50),
    p99: medianOf(rounds, (round) => figure(round, measured).p99),
  });
  return {
    bareHops: middle('bareHops'),
    relayHops: middle('relayHops'),
    freeResult: middle('freeResult'),
    freeReceipt: middle('freeReceipt'),
    holdResult: middle('holdResult'),
    holdSettled: middle('holdSettled'),
  };
}

function throughputOf(rounds: readonly Round[]): Throughput {
  return {
    relayAlone: medianOf(rounds, ({ relayAlone }) => relayAlone.jobsPerSecond),
    free: medianOf(rounds, ({ freeLoad }) => freeLoad.jobsPerSecond),
    hold: medianOf(rounds, ({ holdJobsPerSecond }) => holdJobsPerSecond),
    freeShare: medianOf(
      rounds,
      ({ freeLoad, relayAlone }) => freeLoad.jobsPerSecond / relayAlone.jobsPerSecond,
    ),
    holdShare: medianOf(
      rounds,
      ({ holdJobsPerSecond, eventsPerHoldJob, relayAlone }) =>
        (holdJobsPerSecond * eventsPerHoldJob) / (relayAlone.jobsPerSecond * EVENTS_PER_FREE_JOB),
    ),
    eventsPerHoldJob: medianOf(rounds, ({ eventsPerHoldJob }) => eventsPerHoldJob),
    relayAloneCpuMs: medianOf(rounds, ({ relayAlone }) => relayAlone.cpuMs),
    relayCpuMs: medianOf(rounds, ({ freeLoad }) => freeLoad.relayCpuMs),
    providerCpuMs: medianOf(rounds, ({ freeLoad }) => freeLoad.providerCpuMs),
  };
}

/** From the wish to the receipt, in the order in which a job passes the provider's stages. */
function stagesOf(jobs: readonly WatchedJob[], providerStages: readonly string[]): StageTime[] {
  const moments: [string, (job: WatchedJob) => number][] = [
    ['wished', (job) => job.wishedAt],
    ['request published', (job) => job.publishedAt],
    ...providerStages.map((stage): [string, (job: WatchedJob) => number] => [
      `provider: ${stage}`,
      (job) => job.provider[stage] ?? Number.NaN,
    ]),
    ['result heard', (job) => job.resultAt],
    ['receipt', (job) => job.receiptAt],
  ];
  return moments.slice(1).map(([to, end], index) => {
    const [from, start] = moments[index] ?? [to, end];
    return { from, to, ms: medianOf(jobs, (job) => end(job) - start(job)) };
  });
}
