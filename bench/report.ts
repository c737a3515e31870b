import { cpus, loadavg, release, totalmem } from 'node:os';
import type { WatchedJob } from './bought-jobs.ts';
import { EVENTS_PER_FREE_JOB } from './load.ts';
import type { Round } from './rounds.ts';
import { medianOf, type Latency } from './statistics.ts';

/** What the benchmark found: medians over all rounds. Latencies are milliseconds, ratios are of the same round. */
export interface Report {
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryGiB: number;
    readonly kernel: string;
    readonly node: string;
  };
  /** Load average of the machine over one minute, before and after. */
  readonly load: { readonly before: number; readonly after: number };
  readonly rounds: number;
  readonly tookSeconds: number;
  readonly latency: Readonly<Record<(typeof LATENCIES)[number], Latency>>;
  /** Latency over two bare hops. */
  readonly overBareHops: Readonly<Record<'relayHops' | 'freeResult' | 'freeReceipt', Latency>>;
  readonly jobsPerSecond: {
    /** The events of so many free jobs the relay alone takes in. */
    readonly relayAlone: number;
    readonly free: number;
    readonly hold: number;
    /** Share of the events that the relay carries. */
    readonly freeShare: number;
    readonly holdShare: number;
    readonly eventsPerHoldJob: number;
  };
  /** Where the time of a job goes: medians over all jobs, from one moment to the next. */
  readonly freeStages: readonly StageTime[];
  readonly holdStages: readonly StageTime[];
}

interface StageTime {
  readonly from: string;
  readonly to: string;
  readonly ms: number;
}

const LATENCIES = [
  'bareHops',
  'relayHops',
  'freeResult',
  'freeReceipt',
  'holdResult',
  'holdSettled',
] as const;

/** Sums up the rounds. */
export function makeReport(
  rounds: readonly Round[],
  run: { readonly loadBefore: number; readonly tookSeconds: number },
): Report {
  const middle = (latency: (round: Round) => Latency): Latency => ({
    p50: medianOf(rounds, (round) => latency(round).p50),
    p99: medianOf(rounds, (round) => latency(round).p99),
  });
  const overBare = (name: (typeof LATENCIES)[number]) =>
    middle((round) => ({
      p50: round[name].p50 / round.bareHops.p50,
      p99: round[name].p99 / round.bareHops.p99,
    }));
  const [cpu] = cpus();
  return {
    machine: {
      cpu: cpu?.model ?? 'unknown',
      cores: cpus().length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      kernel: release(),
      node: process.version,
    },
    load: { before: run.loadBefore, after: loadavg()[0] ?? Number.NaN },
    rounds: rounds.length,
    tookSeconds: run.tookSeconds,
    latency: {
      bareHops: middle(({ bareHops }) => bareHops),
      relayHops: middle(({ relayHops }) => relayHops),
      freeResult: middle(({ freeResult }) => freeResult),
      freeReceipt: middle(({ freeReceipt }) => freeReceipt),
      holdResult: middle(({ holdResult }) => holdResult),
      holdSettled: middle(({ holdSettled }) => holdSettled),
    },
    overBareHops: {
      relayHops: overBare('relayHops'),
      freeResult: overBare('freeResult'),
      freeReceipt: overBare('freeReceipt'),
    },
    jobsPerSecond: {
      relayAlone: medianOf(rounds, (round) => round.relayAlone.jobsPerSecond),
      free: medianOf(rounds, (round) => round.freeLoad.jobsPerSecond),
      hold: medianOf(rounds, (round) => round.holdJobsPerSecond),
      freeShare: medianOf(rounds, (round) => round.freeLoad.jobsPerSecond / round.relayAlone.jobsPerSecond),
      holdShare: medianOf(
        rounds,
        (round) =>
          (round.holdJobsPerSecond * round.eventsPerHoldJob) /
          (round.relayAlone.jobsPerSecond * EVENTS_PER_FREE_JOB),
      ),
      eventsPerHoldJob: medianOf(rounds, (round) => round.eventsPerHoldJob),
    },
    freeStages: stagesOf(
      rounds.flatMap(({ free }) => free),
      ['heard', 'received', 'accepted', 'working', 'ready', 'publishing'],
    ),
    holdStages: stagesOf(
      rounds.flatMap(({ hold }) => hold),
      [
        'heard',
        'received',
        'accepted quoted',
        'accepted locked',
        'working locked',
        'ready locked',
        'publishing',
      ],
    ),
  };
}

/** Request to result in the order in which a job passes the provider's stages. */
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
    const [from, start] = moments[index] ?? ['', () => Number.NaN];
    return { from, to, ms: medianOf(jobs, (job) => end(job) - start(job)) };
  });
}

/** The report for people. */
export function printReport(report: Report): void {
  const { machine, load, latency, overBareHops, jobsPerSecond } = report;
  console.log(
    `${machine.cores} × ${machine.cpu}, ${machine.memoryGiB} GiB, Linux ${machine.kernel}, Node ${machine.node}; ` +
      `load ${load.before.toFixed(1)} before, ${load.after.toFixed(1)} after; ` +
      `${report.rounds} rounds in ${report.tookSeconds.toFixed(0)} s\n`,
  );
  const ms = ({ p50, p99 }: Latency) =>
    `p50 ${p50.toFixed(2).padStart(8)}   p99 ${p99.toFixed(2).padStart(8)} ms`;
  const ratio = ({ p50, p99 }: Latency) => `   ${p50.toFixed(1)}× and ${p99.toFixed(1)}× two bare hops`;
  console.log('Latency, one job at a time');
  console.log(`  two bare relay hops                 ${ms(latency.bareHops)}`);
  console.log(
    `  two hops through our relay          ${ms(latency.relayHops)}${ratio(overBareHops.relayHops)}`,
  );
  console.log(
    `  free job: published → result        ${ms(latency.freeResult)}${ratio(overBareHops.freeResult)}`,
  );
  console.log(
    `  free job: wish → receipt            ${ms(latency.freeReceipt)}${ratio(overBareHops.freeReceipt)}`,
  );
  console.log(`  hold-paid job: wish → result        ${ms(latency.holdResult)}`);
  console.log(`  hold-paid job: wish → settled       ${ms(latency.holdSettled)}`);
  const percent = (share: number) =>
    `${(share * 100).toFixed(0)} % of the events that the relay alone carries`;
  console.log('\nDurable jobs per second of one provider process');
  console.log(`  the relay alone, events of          ${jobsPerSecond.relayAlone.toFixed(0)} free jobs/s`);
  console.log(
    `  free                                ${jobsPerSecond.free.toFixed(0)} jobs/s, ${percent(jobsPerSecond.freeShare)}`,
  );
  console.log(
    `  hold-paid, ${jobsPerSecond.eventsPerHoldJob.toFixed(1)} events each          ` +
      `${jobsPerSecond.hold.toFixed(1)} jobs/s, ${percent(jobsPerSecond.holdShare)}`,
  );
  printStages('\nWhere the time of a free job goes (medians)', report.freeStages);
  printStages('\nWhere the time of a hold-paid job goes (medians)', report.holdStages);
}

function printStages(title: string, stages: readonly StageTime[]): void {
  console.log(title);
  for (const { from, to, ms } of stages)
    console.log(`  ${from.padEnd(26)} → ${to.padEnd(26)} ${ms.toFixed(2).padStart(8)} ms`);
}
